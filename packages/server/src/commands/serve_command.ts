/** `ctid serve`: runs the server that `ctid.yml` describes. */
import { formatNotice } from "@ctid/core"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { amiTransport, layerTelephony } from "../asterisk.ts"
import { layerLog } from "../log.ts"
import { layerServer, openPorts } from "../serve.ts"
import { configArgument, readConfig, refusal } from "./config_argument.ts"

export const serveCommand = Command.make(
  "serve",
  { file: configArgument },
  Effect.fnUntraced(function* ({ file }) {
    const config = yield* readConfig(file)
    const transport = yield* Effect.catchTag(amiTransport(file, config.ami), "ConfigError", (error) =>
      Effect.fail(refusal(error))
    )
    yield* Effect.gen(function* () {
      for (const notice of config.notices) {
        yield* Effect.logWarning("configuration").pipe(Effect.annotateLogs({ notice: formatNotice(notice) }))
      }
      for (const { address, port } of yield* openPorts(config)) yield* Console.log(`ready: ${address}:${port}`)
      yield* Effect.never
    }).pipe(
      Effect.scoped,
      Effect.provide(layerServer(config, layerTelephony(config, transport))),
      Effect.provide(layerLog(config.log))
    )
  })
).pipe(
  Command.withShortDescription("Run the server"),
  Command.withDescription(
    "Reads ctid.yml, opens the CTI port and keeps a link to Asterisk, which need not be there yet. Runs until SIGTERM or SIGINT: then clients are " +
      "told, what waits for them is written, Asterisk is left, and the exit code is 0. A second signal ends it at once. A refused ctid.yml exits with 2, a " +
      "port that cannot be opened with 1. The log goes to standard error."
  ),
  Command.withExamples([
    { command: "ctid serve", description: "With ctid.yml in the current folder" },
    { command: "ctid serve /etc/ctid/ctid.yml", description: "With another one" }
  ])
)
