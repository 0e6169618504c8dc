/** Puts a simulated Asterisk behind a real socket. */
import { type Endpoint, type ListenError, Listener } from "@ctid/core"
import type { SimulatedAsterisk } from "@ctid/simulator"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** Serves its manager port on a free loopback port until the scope closes. */
export const serveAsterisk = (asterisk: SimulatedAsterisk): Effect.Effect<Endpoint, ListenError, Listener | Scope.Scope> =>
  Listener.use((listener) =>
    listener.listen({ address: "127.0.0.1", port: 0, socketTimeout: 10_000 }, (connection) => {
      const pipe = asterisk.connect({
        onBytes: (bytes) => connection.write(bytes),
        onClose: () => connection.close()
      })
      return {
        onBytes: (chunk) => pipe.write(chunk.slice()),
        onDrain: () => {},
        onClose: () => pipe.close()
      }
    })
  )
