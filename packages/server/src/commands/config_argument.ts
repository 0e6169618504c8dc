/** The argument that names the configuration, and what becomes of a refused one. */
import { type ConfigError, formatProblem } from "@ctid/core"
import * as Argument from "effect/cli/Argument"
import type * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import type * as Path from "effect/Path"
import { CommandError } from "../command_error.ts"
import { type LoadedConfig, loadConfig } from "../config/load_config.ts"

/** `[ctid.yml]` */
export const configArgument: Argument.Argument<string> = Argument.String("ctid.yml").pipe(
  Argument.withDescription("The configuration. Default: ctid.yml in the current folder"),
  Argument.withDefault("ctid.yml")
)

/** Mistakes that are printed; the others are counted. */
const PRINTED = 200

/** One line per mistake, then what that means. */
export const refusal = ({ problems }: ConfigError): CommandError => {
  const lines = problems.slice(0, PRINTED).map(formatProblem)
  if (problems.length > PRINTED) lines.push(`... and ${problems.length - PRINTED} more (--json of ctid check has all)`)
  const count = problems.length === 1 ? "1 mistake" : `${problems.length} mistakes`
  return new CommandError({ code: 2, message: `${lines.join("\n")}\n${count}: nothing was started` })
}

/** Reads the configuration, or ends the command with exit code 2 and every mistake in it. */
export const readConfig = (file: string): Effect.Effect<LoadedConfig, CommandError, Path.Path | Digest.Digest> =>
  loadConfig(file).pipe(Effect.mapError(refusal))
