/** `ctid serve`: runs the server that `ctid.yml` describes. */
import { makeAmiEventDump } from "@ctid/ami"
import { watchFiles } from "@ctid/platform-node"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { amiTransport, layerTelephony } from "../asterisk.ts"
import { layerLog } from "../log.ts"
import { onHangup } from "../serve/hangup.ts"
import type { OpenedPort } from "../serve/ports.ts"
import { logNotices } from "../serve/reload.ts"
import { layerServer } from "../serve/server.ts"
import { startServing } from "../serve/serving.ts"
import { loadTls } from "../serve/tls_files.ts"
import { configArgument, readConfig, refusal } from "./config_argument.ts"

/** What others need to know: each port, then the one that clients come to. Programs wait for the last line. */
const readyLines = (ports: ReadonlyArray<OpenedPort>): ReadonlyArray<string> => {
  const place = ({ endpoint: { address, port } }: OpenedPort): string =>
    address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`
  const clients = ports.find(({ name }) => name === "cti") ?? ports.find(({ name }) => name === "ctis")
  return [
    ...ports.map((port) => `open: ${port.name} ${place(port)}`),
    ...(clients === undefined ? [] : [`ready: ${place(clients)}`])
  ]
}

export const serveCommand = Command.make(
  "serve",
  { file: configArgument },
  Effect.fnUntraced(function* ({ file }) {
    const readAt = yield* Clock.currentTimeMillis
    const config = yield* readConfig(file)
    const tls = yield* Effect.mapError(loadTls(file, config.tls), refusal)
    const dump = makeAmiEventDump()
    const transport = yield* Effect.catchTag(amiTransport(file, config.ami), "ConfigError", (error) =>
      Effect.fail(refusal(error))
    )
    yield* Effect.gen(function* () {
      yield* logNotices([...config.notices, ...tls.notices])
      const { ports, reloader } = yield* startServing({ file, config, tls, amiDump: dump })
      yield* onHangup(reloader.reload("SIGHUP"))
      if (config.watchFiles) yield* watchFiles(reloader.files, Effect.asVoid(reloader.reload("saved file")), { since: readAt })
      yield* Effect.forkScoped(Effect.forever(Effect.delay(reloader.warnOfCertificate, "1 day")))
      for (const line of readyLines(ports.opened())) yield* Console.log(line)
      yield* Effect.never
    }).pipe(
      Effect.scoped,
      Effect.provide(layerServer(config, layerTelephony(config, dump.into(transport)))),
      Effect.provide(layerLog(config.log))
    )
  })
).pipe(
  Command.withShortDescription("Run the server"),
  Command.withDescription(
    "Reads ctid.yml, opens the ports that it names and keeps a link to Asterisk, which need not be there yet. Prints each open port, and last " +
      "`ready: <address>:<port>`, where clients come to. The log goes to standard error.\n\n" +
      "Reads ctid.yml again at SIGHUP and when it, or a file that it names, is saved; clients stay connected. A file that is refused changes nothing: " +
      "the log says why.\n\n" +
      "Runs until SIGTERM or SIGINT: then clients are told, what waits for them is written, Asterisk is left, and the exit code is 0. A second signal " +
      "ends it at once. A refused ctid.yml exits with 2; with 1 when no client could come in."
  ),
  Command.withExamples([
    { command: "ctid serve", description: "With ctid.yml in the current folder" },
    { command: "ctid serve /etc/ctid/ctid.yml", description: "With another one" }
  ])
)
