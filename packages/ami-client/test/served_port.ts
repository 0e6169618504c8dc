/** A scripted manager port on loopback. */
import type { Listener } from "@ctid/core/connection/connection"
import { serveBytes } from "@ctid/platform-node/serve_bytes"
import type { AmiFarEndScript } from "@ctid/testing/contracts/ami_transport_contract"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"

export interface ServedPort {
  readonly port: number
  readonly down: Effect.Effect<void>
  readonly up: Effect.Effect<void>
}

/** Serves the script on a free port until the scope ends. */
export const servePort = (script: AmiFarEndScript): Effect.Effect<ServedPort, unknown, Listener | Scope.Scope> =>
  Effect.gen(function* () {
    const context = yield* Effect.context<Listener>()
    let scope = yield* Scope.make()
    const listen = (port: number) =>
      serveBytes(
        ({ onBytes, onClose }) => {
          const far = script({ send: onBytes, end: onClose })
          return { write: far.onBytes, close: far.onClose }
        },
        { port }
      ).pipe(Effect.provideService(Scope.Scope, scope), Effect.provideContext(context))
    const { port } = yield* listen(0)
    yield* Effect.addFinalizer(() => Effect.suspend(() => Scope.close(scope, Exit.void)))
    return {
      port,
      down: Effect.suspend(() => Scope.close(scope, Exit.void)),
      up: Effect.gen(function* () {
        scope = yield* Scope.make()
        yield* listen(port)
      }).pipe(Effect.orDie)
    }
  })

/** Sockets, servers and timers of this process. */
export const heldByProcess = (): number => process.getActiveResourcesInfo().filter((name) => /^(TCP|TLS)/.test(name)).length
