/** The program `ctid`: its commands, how it ends, and what a signal does. */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliError from "effect/cli/CliError"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { CommandError } from "./command_error.ts"
import { certCommand } from "./commands/cert_command.ts"
import { checkCommand } from "./commands/check_command.ts"
import { clientCommand } from "./commands/client_command.ts"
import { demoCommand } from "./commands/demo_command.ts"
import { passwdCommand } from "./commands/passwd_command.ts"
import { presenceCommand } from "./commands/presence_command.ts"
import { serveCommand } from "./commands/serve_command.ts"
import { version } from "./version.ts"

const ctid = Command.make("ctid").pipe(
  Command.withDescription(
    "A CTI server for Asterisk: presence, phones, agents and queues for the clients of people's desktops."
  ),
  Command.withSubcommands([
    serveCommand,
    checkCommand,
    passwdCommand,
    certCommand,
    presenceCommand,
    demoCommand,
    clientCommand
  ]),
  Command.withExamples([
    { command: "ctid demo", description: "Try it without an Asterisk" },
    { command: "ctid passwd", description: "Make a password hash for ctid.yml" },
    { command: "ctid check ctid.yml", description: "Check a configuration" },
    { command: "ctid serve ctid.yml", description: "Run the server" }
  ])
)

/** The built-in flags that make sense here. */
const layerCli = Layer.succeed(CliConfig.CliConfig, {
  builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions]
})

/** 0 fine, 1 a failure while running, 2 a refused configuration or command line, 3 a refused login. */
const exitCode = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return 0
  const error = Cause.squash(exit.cause)
  if (error instanceof CommandError) {
    if (error.message !== "") process.stderr.write(`${error.message}\n`)
    return error.code
  }
  if (CliError.isCliError(error)) return error._tag === "ShowHelp" && error.errors.length === 0 ? 0 : 2
  process.stderr.write(`ctid: ${Cause.pretty(exit.cause)}\n`)
  return 1
}

/** The first signal lets the program end in order, which takes some seconds at most; the second ends it at once. */
const endAtSecondSignal = (): void => {
  let signals = 0
  const onSignal = (): void => {
    signals += 1
    if (signals > 1) process.exit(1)
  }
  process.on("SIGINT", onSignal)
  process.on("SIGTERM", onSignal)
}

/** Somebody who no longer reads the output or the log (a closed pipe) is no reason to end a server. */
const outliveReaders = (): void => {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})
}

/** Runs what the command line asks for, and ends the process. */
export const runProgram = (): void => {
  endAtSecondSignal()
  outliveReaders()
  const platform = Layer.mergeAll(NodeServices.layer, NodeCrypto.layer, layerCli)
  Command.run(ctid, { version }).pipe(
    Effect.provide(platform),
    NodeRuntime.runMain({ disableErrorReporting: true, teardown: (exit, onExit) => onExit(exitCode(exit)) })
  )
}
