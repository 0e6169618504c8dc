/** `ctid demo`: a server with a simulated Asterisk and two companies, all in memory. */
import { decodeConfig, positionIn } from "@ctid/core"
import { NodeListener, serveBytes } from "@ctid/platform-node"
import { SimulatedAsterisk } from "@ctid/simulator"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { amiTransport, layerTelephony } from "../asterisk.ts"
import { CommandError } from "../command_error.ts"
import { callsComeAndGo } from "../demo/calls.ts"
import { demoAsterisk, demoConfig, loggedAgents, PEOPLE } from "../demo/people.ts"
import { whatToTry } from "../demo/what_to_try.ts"
import { generatePassword } from "../generate_password.ts"
import { layerLog } from "../log.ts"
import { layerServer } from "../serve/server.ts"
import { startServing } from "../serve/serving.ts"

const port = Flag.Int("port").pipe(
  Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 }))),
  Flag.withDescription("The CTI port on 127.0.0.1; 0: any free one"),
  Flag.withDefault(5003)
)

const AMI_USER = "ctid"

export const demoCommand = Command.make(
  "demo",
  { port },
  Effect.fnUntraced(function* (options) {
    const passwords = new Map<string, Redacted.Redacted>()
    for (const { login } of PEOPLE) passwords.set(login, yield* generatePassword)
    const amiPassword = yield* generatePassword
    const asterisk = yield* SimulatedAsterisk.make({
      ...demoAsterisk,
      users: [{ username: AMI_USER, secret: Redacted.value(amiPassword), read: "all", write: "all" }]
    })
    for (const { queue, member } of loggedAgents) yield* asterisk.addMember(queue, member)
    yield* Effect.gen(function* () {
      const ami = yield* serveBytes(asterisk.connect).pipe(Effect.provide(NodeListener.layer))
      const data = demoConfig({
        passwords,
        ami: { username: AMI_USER, password: amiPassword, port: ami.port },
        port: options.port
      })
      const config = yield* decodeConfig(data, positionIn("demo")).pipe(Effect.orDie)
      const transport = yield* Effect.orDie(amiTransport("demo", config.ami))
      yield* Effect.gen(function* () {
        const loaded = { ...config, files: [] }
        const tls = { credentials: null, notices: [], files: [] }
        const { ports } = yield* startServing({ file: "demo", config: loaded, tls, amiDump: null })
        const endpoint = ports.opened().find(({ name }) => name === "cti")?.endpoint
        if (endpoint === undefined) return
        yield* Console.log(whatToTry(endpoint.port, passwords).join("\n"))
        yield* Console.log(`ready: ${endpoint.address}:${endpoint.port}`)
        yield* callsComeAndGo(asterisk)
      }).pipe(
        Effect.scoped,
        Effect.provide(layerServer(config, layerTelephony(config, transport))),
        Effect.provide(layerLog(config.log))
      )
    }).pipe(
      Effect.scoped,
      Effect.catchTag("ListenError", ({ message }) => Effect.fail(new CommandError({ code: 1, message })))
    )
  })
).pipe(
  Command.withShortDescription("Try it without an Asterisk"),
  Command.withDescription(
    "Runs a server with a simulated Asterisk, two companies of three people each, agents and queues. Calls come and go on their own. Passwords are " +
      "generated and printed. Everything is in memory and gone at the end (Ctrl-C)."
  ),
  Command.withExamples([
    { command: "ctid demo", description: "On port 5003 of this machine" },
    {
      command: "ctid demo --port 0",
      description: "On any free port; the last line printed says which: ready: 127.0.0.1:<port>"
    }
  ])
)
