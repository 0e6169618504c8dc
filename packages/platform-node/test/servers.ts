/** Servers on loopback ports for the tests of what dials. */

import type { Server, Socket } from "node:net"
import { createServer, type TlsOptions } from "node:tls"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** Listens on a free port of 127.0.0.1 until the scope ends. */
export const serving = (server: Server): Effect.Effect<number, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
      })
    }),
    () => Effect.sync(() => server.close())
  )

/** A TLS server; a refused handshake is the client's story. */
export const tlsServer = (options: TlsOptions, onSocket: (socket: Socket) => void): Server =>
  createServer(options, onSocket).on("tlsClientError", () => {})
