/** `ctid` in this process: a configuration file, read and served as the binary does it. */
import { writeFile } from "node:fs/promises"
import { Directory, Telephony } from "@ctid/core"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { amiTransport, layerTelephony } from "ctid/asterisk"
import { loadConfig } from "ctid/config/load_config"
import { LogVolume, makeLogger } from "ctid/log"
import { layerServer } from "ctid/serve/server"
import { startServing } from "ctid/serve/serving"
import { loadTls } from "ctid/serve/tls_files"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import { type Person, signIn } from "./person.ts"

export interface RunningServer {
  readonly port: number
  /** Another port of its own; it must be open. */
  readonly portOf: (name: "web_interface" | "info" | "announce" | "fast_agi") => number
  /** Lines of its log, as JSON. */
  readonly log: () => ReadonlyArray<string>
  /** Asterisk answers and has been asked for everything. */
  readonly linkIsUp: Effect.Effect<boolean>
  readonly signIn: (login: string) => Effect.Effect<Person, unknown, Scope.Scope>
}

let files = 0

/** Starts until the scope ends. */
export const startServer = (
  folder: string,
  configuration: Readonly<Record<string, unknown>>
): Effect.Effect<RunningServer, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = makeLogger("json", { colored: false, write: (line) => lines.push(line) })
    const log = Layer.merge(Logger.layer([logger]), Layer.succeed(References.MinimumLogLevel, "Debug"))

    const file = `${folder}/ctid-${++files}.yml`
    yield* Effect.promise(() => writeFile(file, JSON.stringify(configuration)))
    const platform = Layer.merge(NodeServices.layer, NodeCrypto.layer)
    const { config, tls, transport } = yield* Effect.gen(function* () {
      const config = yield* loadConfig(file)
      return { config, tls: yield* loadTls(file, config.tls), transport: yield* amiTransport(file, config.ami) }
    }).pipe(Effect.provide(platform))
    // built here, so that a test can ask it; the server gets the same one
    const asterisk = yield* Layer.build(
      layerTelephony(config, transport).pipe(Layer.provide([Directory.layer(config.directory), log]))
    )
    const context = yield* Layer.build(layerServer(config, Layer.succeedContext(asterisk)).pipe(Layer.provideMerge(log)))
    const { ports } = yield* startServing({ file, config, tls, amiDump: null }).pipe(
      Effect.provide(context),
      Effect.provide(platform),
      Effect.provideService(LogVolume, LogVolume.of({ current: () => "debug", set: () => {} }))
    )
    const portOf = (wanted: string): number => ports.opened().find(({ name }) => name === wanted)?.endpoint.port ?? 0
    const port = portOf("cti")
    const telephony = yield* Effect.provide(Telephony, asterisk)
    return {
      port,
      portOf,
      log: () => lines,
      linkIsUp: Effect.sync(telephony.isUp),
      signIn: (login) => signIn(port, login)
    }
  })
