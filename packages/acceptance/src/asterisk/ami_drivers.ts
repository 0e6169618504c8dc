/** All ways to a real Asterisk's manager port, each with its transport. */
import { readFileSync } from "node:fs"
import { AmiTransport } from "@ctid/ami"
import { type AmiClientObject, AmiClientTransport, fromAmiClient, loadAmiClient } from "@ctid/ami-client"
import { NodeAmiTransport, type NodeAmiTransportOptions } from "@ctid/platform-node"
import { type AmiTransportAbilities, keepConnected } from "@ctid/testing/contracts/ami_transport_contract"
import { until } from "@ctid/testing/contracts/contract"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { AsteriskInfo } from "./asterisk.ts"

/** A transport, and how many listeners it has at the moment where that can be told. */
export interface OpenedDriver {
  readonly transport: AmiTransport["Service"]
  readonly listeners: () => number
}

export interface AmiDriver {
  readonly name: string
  readonly encrypted: boolean
  readonly abilities: AmiTransportAbilities
  /** `port`: where the driver connects to; everything else of the Asterisk as it is. */
  readonly open: (info: AsteriskInfo, port: number) => Effect.Effect<OpenedDriver, unknown, Scope.Scope>
}

/** The port that Asterisk itself opens for a driver. */
export const portOf = ({ encrypted }: AmiDriver, info: AsteriskInfo): number => (encrypted ? info.tlsPort : info.port)

const everything: AmiTransportAbilities = {
  ownsConnection: true,
  repeatedHeaders: true,
  exactValues: true,
  boundedPackets: true
}

const nothing: AmiTransportAbilities = {
  ownsConnection: false,
  repeatedHeaders: false,
  exactValues: false,
  boundedPackets: false
}

const clear = ({ host }: AsteriskInfo, port: number): NodeAmiTransportOptions => ({ host, port })
const encrypted = ({ host, ca }: AsteriskInfo, port: number): NodeAmiTransportOptions => ({
  host,
  port,
  tls: { ca: readFileSync(ca, "utf8"), serverName: "localhost" }
})

const from = <E>(layer: Layer.Layer<AmiTransport, E>): Effect.Effect<OpenedDriver, E, Scope.Scope> =>
  Effect.map(Layer.build(layer), (context) => ({ transport: Context.get(context, AmiTransport), listeners: () => 0 }))

const NAMES = ["event", "response", "disconnect", "error"]

const listenersOf = (client: AmiClientObject): number =>
  NAMES.map((name) => client.listenerCount(name)).reduce((sum, count) => sum + count, 0)

/** A program signs in with a client of its own, and connects it again when it must. */
const borrowed: AmiDriver["open"] = ({ host, secret }, port) =>
  Effect.gen(function* () {
    const client = new (yield* loadAmiClient)()
    client.on("internalError", () => {})
    yield* keepConnected(client, { username: "operator", secret }, { host, port })
    yield* until("the program's client is connected", () => client.isConnected === true)
    const { transport } = yield* from(fromAmiClient(client, { connectTimeout: 2_000 }))
    return { transport, listeners: () => listenersOf(client) }
  })

export const amiDrivers: ReadonlyArray<AmiDriver> = [
  {
    name: "native, TCP",
    encrypted: false,
    abilities: everything,
    open: (info, port) => from(NodeAmiTransport.layer(clear(info, port)))
  },
  {
    name: "native, TLS",
    encrypted: true,
    abilities: everything,
    open: (info, port) => from(NodeAmiTransport.layer(encrypted(info, port)))
  },
  {
    name: "asterisk-ami-client, TCP",
    encrypted: false,
    abilities: everything,
    open: (info, port) => from(AmiClientTransport.layer(clear(info, port)))
  },
  {
    name: "asterisk-ami-client, TLS",
    encrypted: true,
    abilities: everything,
    open: (info, port) => from(AmiClientTransport.layer(encrypted(info, port)))
  },
  { name: "a program's AmiClient", encrypted: false, abilities: nothing, open: borrowed }
]
