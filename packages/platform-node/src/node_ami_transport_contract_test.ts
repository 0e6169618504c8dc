import { createServer, type Socket } from "node:net"
import { createServer as createTlsServer } from "node:tls"
import { AmiTransport } from "@ctid/ami/ami_transport"
import {
  type AmiFarEndScript,
  type AmiTransportWorld,
  amiTransportContract
} from "@ctid/testing/contracts/ami_transport_contract"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeAuthority } from "../test/certificates.ts"
import { serving } from "../test/servers.ts"
import type { DialTls } from "./dial.ts"
import { NodeAmiTransport } from "./node_ami_transport.ts"

const authority = makeAuthority("the PBX's CA")
const certificate = authority.issue({ name: "pbx", names: ["pbx.example"] })

/** Sockets and servers of this process. */
const held = (): number => process.getActiveResourcesInfo().filter((name) => /^(TCP|TLS)/.test(name)).length

const serve = (script: AmiFarEndScript, tls: DialTls | undefined) =>
  Effect.gen(function* () {
    let running = true
    const sockets = new Set<Socket>()
    const accept = (socket: Socket): void => {
      if (!running) {
        socket.destroy()
        return
      }
      sockets.add(socket.on("error", () => {}).setNoDelay(true))
      const far = script({ send: (bytes) => socket.write(bytes), end: () => socket.end() })
      socket.on("data", far.onBytes)
      socket.on("close", () => {
        sockets.delete(socket)
        far.onClose()
      })
    }
    const server =
      tls === undefined ? createServer(accept) : createTlsServer(certificate, accept).on("tlsClientError", () => {})
    const port = yield* serving(server)
    yield* Effect.addFinalizer(() => Effect.sync(() => sockets.forEach((socket) => void socket.destroy())))
    const options = { host: "127.0.0.1", port, ...(tls === undefined ? {} : { tls }) }
    return {
      transport: yield* AmiTransport.pipe(Effect.provide(NodeAmiTransport.layer(options))),
      down: Effect.callback<void>((resume) => {
        running = false
        server.close(() => resume(Effect.void))
        for (const socket of sockets) socket.destroy()
      }),
      up: Effect.callback<void>((resume) => {
        running = true
        server.listen(port, "127.0.0.1", () => resume(Effect.void))
      })
    }
  })

const world = (tls?: DialTls): AmiTransportWorld => ({
  abilities: { ownsConnection: true, repeatedHeaders: true, exactValues: true, boundedPackets: true },
  held,
  serve: (script) => serve(script, tls)
})

describe("the AMI transport contract over TCP", () => {
  for (const { name, run } of amiTransportContract) it.live(name, () => run(world()))
})

describe("the AMI transport contract over TLS", () => {
  const tls = { ca: authority.cert, serverName: "pbx.example" }
  for (const { name, run } of amiTransportContract) it.live(name, () => run(world(tls)))
})
