/** Servers on loopback ports for the tests of what dials. */

import { createServer as createClearServer, type Server, type Socket } from "node:net"
import { createServer, TLSSocket, type TlsOptions } from "node:tls"
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

/** A server in clear that says `offer`, and when it has heard something says `confirmation` and begins TLS. */
export const startTlsServer = (
  options: TlsOptions,
  { offer, confirmation }: { readonly offer: string; readonly confirmation: string },
  onSecure: (socket: Socket) => void
): Server =>
  createClearServer((clear) => {
    clear.on("error", () => {}).write(offer)
    clear.once("data", () => {
      clear.write(confirmation)
      const socket = new TLSSocket(clear, { ...options, isServer: true })
      socket.on("error", () => {}).once("secure", () => onSecure(socket))
    })
  })

/** A record of TLS (RFC 8446, section 5.1) that nobody who has the keys has made. */
export const NO_RECORD = Buffer.concat([Buffer.from([0x17, 0x03, 0x03, 0x00, 0x20]), Buffer.alloc(0x20)])
