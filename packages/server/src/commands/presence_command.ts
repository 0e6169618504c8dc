/** `ctid presence`: checks and draws presence groups. */
import * as Command from "effect/cli/Command"
import { presenceCheckCommand } from "./presence_check_command.ts"
import { presenceGraphCommand } from "./presence_graph_command.ts"

export const presenceCommand = Command.make("presence").pipe(
  Command.withShortDescription("Check or draw the presence groups of a configuration"),
  Command.withDescription("What presences a configuration has, which lead to which, and whether that is what was meant."),
  Command.withSubcommands([presenceCheckCommand, presenceGraphCommand]),
  Command.withExamples([
    { command: "ctid presence check ctid.yml", description: "Say what is wrong with them" },
    { command: "ctid presence graph ctid.yml -o presence.svg", description: "Draw them" }
  ])
)
