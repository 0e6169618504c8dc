/** `ctid presence graph`: draws a presence group. */
import { didYouMean } from "@ctid/core/config/did_you_mean"
import type { PresenceReport } from "@ctid/core/config/presence_check"
import { presenceGraphViz, presenceMermaid } from "@ctid/core/presence/group_text_graph"
import type { DraftGroup } from "@ctid/core/presence/presence_defect"
import { presenceSvg } from "@ctid/core/presence/presence_picture"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { CommandError } from "../command_error.ts"
import { loadPresences } from "../config/load_config.ts"
import { configArgument } from "./config_argument.ts"

const formats = { svg: presenceSvg, mermaid: presenceMermaid, dot: presenceGraphViz }

const group = Flag.String("group").pipe(
  Flag.withDescription("Which presence group. Default: that of the first profile"),
  Flag.withDefault("")
)

const format = Flag.Literals("format", ["svg", "mermaid", "dot"]).pipe(
  Flag.withDescription("A picture, or a text for Mermaid or GraphViz"),
  Flag.withDefault("svg" as const)
)

const output = Flag.String("output").pipe(
  Flag.withAlias("o"),
  Flag.withDescription("Write this file. Default: standard output"),
  Flag.withDefault("")
)

const chosen = ({ groups, usual }: PresenceReport, name: string): Effect.Effect<DraftGroup, CommandError> => {
  const found = name === "" ? usual : groups.find((one) => one.name === name)
  if (found !== undefined) return Effect.succeed(found)
  const names = groups.map((one) => one.name)
  return Effect.fail(
    new CommandError({ code: 2, message: `--group: found ${JSON.stringify(name)}, expected ${didYouMean(name, names)}` })
  )
}

export const presenceGraphCommand = Command.make(
  "graph",
  { file: configArgument, group, format, output },
  Effect.fnUntraced(function* (options) {
    const report = yield* loadPresences(options.file).pipe(
      Effect.mapError(({ message }) => new CommandError({ code: 2, message }))
    )
    const text = formats[options.format](yield* chosen(report, options.group))
    if (options.output === "") yield* Console.log(text.trimEnd())
    else {
      const files = yield* FileSystem.FileSystem
      yield* files
        .writeFileString(options.output, text)
        .pipe(
          Effect.mapError(
            ({ reason }) => new CommandError({ code: 1, message: `${options.output}: cannot be written: ${reason._tag}` })
          )
        )
    }
    if (report.findings.length > 0) yield* Console.error(`${options.file} has defects: ctid presence check names them`)
  })
).pipe(
  Command.withShortDescription("Draw a presence group"),
  Command.withDescription(
    "Draws which presence leads to which, in the group's own colours, with what each does on the PBX. What no way leads to, or back from, is marked. " +
      "A group with defects is drawn, too; a name that it does not have is left out."
  ),
  Command.withExamples([
    { command: "ctid presence graph -o presence.svg", description: "The usual group of ctid.yml as a picture" },
    { command: "ctid presence graph ctid.yml --group office --format mermaid", description: "For a page in Markdown" },
    { command: "ctid presence graph --format dot | dot -Tpdf -o presence.pdf", description: "Laid out by GraphViz" }
  ])
)
