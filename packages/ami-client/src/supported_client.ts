/** Loads the package, and makes sure that it is the one whose inner workings are known here. */
/// <reference path="./asterisk_ami_client.d.ts" />
import { EventEmitter } from "node:events"
import { createRequire } from "node:module"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { AmiClientConstructor, AmiClientOptions } from "./ami_client_like.ts"

/** The version of `asterisk-ami-client` that this package works with. */
export const SUPPORTED_VERSION = "1.1.5"

/** The npm package is missing, or not the one that is supported. */
export class AmiClientUnsupported extends Data.TaggedError("AmiClientUnsupported")<{
  readonly reason: "missing" | "version" | "changed"
  /** The version that was found, where there is one. */
  readonly found: string | null
  /** What differs, and what to do. */
  readonly message: string
}> {}

/** Everything that the package would do by itself and that is done better here. */
export const CLIENT_OPTIONS: AmiClientOptions = {
  reconnect: false,
  keepAlive: false,
  emitEventsByTypes: false,
  emitResponsesById: false,
  dontDeleteSpecActionId: true,
  addTime: false,
  eventFilter: null
}

const ADVICE = `Install asterisk-ami-client ${SUPPORTED_VERSION} exactly, or use the native driver.`

const unsupported = (reason: AmiClientUnsupported["reason"], found: string | null, what: string): AmiClientUnsupported =>
  new AmiClientUnsupported({ reason, found, message: `${what} ${ADVICE}` })

class ProbeConnection extends EventEmitter {
  readonly isConnected = true
  readonly lastEvent = null
  readonly lastResponse = null
  readonly write = (): boolean => true
  readonly close = (): void => {}
}

/** Connects a client to nothing, and says what it does otherwise than it should; null: nothing. */
const probe = async (AmiClient: AmiClientConstructor): Promise<string | null> => {
  const client = new AmiClient(CLIENT_OPTIONS)
  if (typeof client._connector?.connect !== "function") return "it has no _connector.connect any more"
  const connection = new ProbeConnection()
  let asked = false
  client._connector = {
    connect: () => {
      asked = true
      return Promise.resolve(connection)
    }
  }
  const heard: Array<unknown> = []
  for (const name of ["event", "response", "disconnect"]) client.on(name, (packet) => heard.push(name, packet))
  const connecting = client.connect()
  if (!asked) {
    connecting.catch(() => {})
    return "connect() does not use _connector.connect"
  }
  await connecting
  if (client.connection !== connection || client.isConnected !== true) return "it does not take the connector's connection"
  const packets = [{ Event: "Probe" }, { Response: "Probe" }]
  connection.emit("event", packets[0])
  connection.emit("response", packets[1])
  connection.emit("close")
  const expected = ["event", packets[0], "response", packets[1], "disconnect", undefined]
  const same = heard.length === expected.length && heard.every((one, i) => one === expected[i])
  return same ? null : "it does not hand on what its connection emits"
}

/** Fails unless this is the version and the shape that are known. */
export const checkAmiClient = Effect.fnUntraced(function* (
  AmiClient: AmiClientConstructor,
  version: string
): Effect.fn.Return<AmiClientConstructor, AmiClientUnsupported> {
  if (version !== SUPPORTED_VERSION) {
    const what = `asterisk-ami-client ${version} is installed, and only ${SUPPORTED_VERSION} is supported.`
    return yield* unsupported("version", version, what)
  }
  const difference = yield* Effect.promise(() => probe(AmiClient).catch((thrown: unknown) => `it fails: ${String(thrown)}`))
  if (difference === null) return AmiClient
  return yield* unsupported("changed", version, `asterisk-ami-client ${version} is not what it was: ${difference}.`)
})

const versionOf = (manifest: unknown): string =>
  typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "without a version"

/** The class of the installed package. */
export const loadAmiClient: Effect.Effect<AmiClientConstructor, AmiClientUnsupported> = Effect.tryPromise({
  try: async () => {
    const version = versionOf(createRequire(import.meta.url)("asterisk-ami-client/package.json"))
    return { version, AmiClient: (await import("asterisk-ami-client")).default }
  },
  catch: (thrown) => {
    const [line = ""] = String(thrown).split("\n")
    return unsupported("missing", null, `asterisk-ami-client cannot be loaded (${line}).`)
  }
}).pipe(Effect.flatMap(({ AmiClient, version }) => checkAmiClient(AmiClient, version)))
