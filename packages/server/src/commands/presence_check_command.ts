/** `ctid presence check`: says what is wrong with presence groups. */
import { formatProblem } from "@ctid/core"
import { formatFinding, malformed, type PresenceReport } from "@ctid/core/config/presence_check"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { CommandError } from "../command_error.ts"
import { loadPresences } from "../config/load_config.ts"
import { configArgument } from "./config_argument.ts"

const json = Flag.Boolean("json").pipe(Flag.withDescription("Print one JSON object for programs"), Flag.withDefault(false))

const counted = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`

/** 2: the server refuses the file; 1: it does not, and something is wrong; 0: nothing is. */
const exitCode = ({ findings }: PresenceReport): 0 | 1 | 2 =>
  findings.some(({ refused }) => refused) ? 2 : findings.length > 0 ? 1 : 0

const tellPeople = Effect.fnUntraced(function* (file: string, report: PresenceReport) {
  const { findings, groups } = report
  const code = exitCode(report)
  if (code === 0) {
    const named = groups.map(({ name, presences }) => `${name} (${counted(presences.size, "presence")})`)
    return yield* Console.log(`${file}: fine: ${named.join(", ")}`)
  }
  const count = counted(findings.length, "defect")
  const told = [...findings.map(formatFinding), code === 2 ? `${count}: the server would not start` : count]
  return yield* new CommandError({ code, message: told.join("\n") })
})

const tellPrograms = Effect.fnUntraced(function* (report: PresenceReport) {
  const groups = report.groups.map(({ name, presences }) => ({ name, presences: [...presences.keys()] }))
  const code = exitCode(report)
  yield* Console.log(JSON.stringify({ ok: code === 0, groups, findings: report.findings }))
  if (code !== 0) return yield* new CommandError({ code, message: "" })
})

export const presenceCheckCommand = Command.make(
  "check",
  { file: configArgument, json },
  Effect.fnUntraced(function* ({ file, json }) {
    const read = yield* Effect.result(loadPresences(file))
    if (Result.isSuccess(read)) return yield* json ? tellPrograms(read.success) : tellPeople(file, read.success)
    const { problems } = read.failure
    if (!json) return yield* new CommandError({ code: 2, message: problems.map(formatProblem).join("\n") })
    yield* Console.log(JSON.stringify({ ok: false, groups: [], findings: problems.map(malformed) }))
    return yield* new CommandError({ code: 2, message: "" })
  })
).pipe(
  Command.withShortDescription("Say what is wrong with the presence groups of a configuration"),
  Command.withDescription(
    "Reads presence_groups and profiles of ctid.yml; the rest of the file need not be complete. Prints every defect with file, line, column and " +
      "path: presences that are unknown, that no way leads to or back from, without a text, of colours that some people cannot tell apart, and " +
      "actions that are unknown or never undone. Exits with 0 when there is none, 1 when the server would run nevertheless, 2 when it would not start."
  ),
  Command.withExamples([
    { command: "ctid presence check", description: "Check ctid.yml in the current folder" },
    { command: "ctid presence check /etc/ctid/ctid.yml --json", description: "For a program" }
  ])
)
