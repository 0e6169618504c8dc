import { AmiTransport } from "@ctid/ami/ami_transport"
import { NodeListener } from "@ctid/platform-node/node_listener"
import {
  type AmiTransportWorld,
  amiTransportContract,
  contractAccount,
  keepConnected
} from "@ctid/testing/contracts/ami_transport_contract"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { heldByProcess, servePort } from "../test/served_port.ts"
import type { AmiClientObject } from "./ami_client_like.ts"
import { AmiClientTransport, type AmiClientTransportOptions } from "./ami_client_transport.ts"
import { fromAmiClient } from "./from_ami_client.ts"
import { loadAmiClient } from "./supported_client.ts"

const own = (onClient?: AmiClientTransportOptions["onClient"]): AmiTransportWorld => ({
  abilities: { ownsConnection: true, repeatedHeaders: true, exactValues: true, boundedPackets: true },
  held: heldByProcess,
  serve: (script) =>
    Effect.gen(function* () {
      const served = yield* servePort(script)
      const layer = AmiClientTransport.layer({ host: "127.0.0.1", port: served.port, onClient })
      return { ...served, transport: yield* AmiTransport.pipe(Effect.provide(layer)) }
    }).pipe(Effect.provide(NodeListener.layer))
})

const borrowed = (): AmiTransportWorld => {
  const clients: Array<AmiClientObject> = []
  const names = ["event", "response", "disconnect", "error"]
  const listeners = (): number =>
    clients.flatMap((client) => names.map((name) => client.listenerCount(name))).reduce((sum, count) => sum + count, 0)
  return {
    abilities: { ownsConnection: false, repeatedHeaders: false, exactValues: false, boundedPackets: false },
    held: () => heldByProcess() + listeners(),
    serve: (script) =>
      Effect.gen(function* () {
        const served = yield* servePort(script)
        const client = new (yield* loadAmiClient)()
        client.on("internalError", () => {})
        clients.push(client)
        yield* keepConnected(client, contractAccount, { host: "127.0.0.1", port: served.port })
        const layer = fromAmiClient(client, { connectTimeout: 200 })
        return { ...served, transport: yield* AmiTransport.pipe(Effect.provide(layer)) }
      }).pipe(Effect.provide(NodeListener.layer))
  }
}

describe("the AMI transport contract over asterisk-ami-client with our connection", () => {
  for (const { name, run } of amiTransportContract) it.live(name, () => run(own()))
})

describe("the same while a program listens to the client, and fails at it", () => {
  const onClient = (client: AmiClientObject): void => {
    for (const name of ["event", "response"]) {
      client.on(name, () => {
        throw new Error("a program's mistake, made on purpose")
      })
    }
  }
  for (const { name, run } of amiTransportContract) it.live(name, () => run({ ...own(onClient), reconnections: 20 }))
})

describe("the AMI transport contract over a connected AmiClient of a program", () => {
  for (const { name, run } of amiTransportContract) it.live(name, () => run(borrowed()))
})
