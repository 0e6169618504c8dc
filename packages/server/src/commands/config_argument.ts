/** The argument that names the configuration, and what becomes of a refused one. */
import type { ConfigError, CtidConfig } from "@ctid/core"
import * as Argument from "effect/cli/Argument"
import type * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import type * as Path from "effect/Path"
import { CommandError } from "../command_error.ts"
import { loadConfig } from "../config/load_config.ts"

/** `[ctid.yml]` */
export const configArgument: Argument.Argument<string> = Argument.String("ctid.yml").pipe(
  Argument.withDescription("The configuration. Default: ctid.yml in the current folder"),
  Argument.withDefault("ctid.yml")
)

/** One line per mistake, then what that means. */
export const refusal = (error: ConfigError): CommandError => {
  const count = error.problems.length
  return new CommandError({
    code: 2,
    message: `${error.message}\n${count === 1 ? "1 mistake" : `${count} mistakes`}: nothing was started`
  })
}

/** Reads the configuration, or ends the command with exit code 2 and every mistake in it. */
export const readConfig = (file: string): Effect.Effect<CtidConfig, CommandError, Path.Path | Digest.Digest> =>
  loadConfig(file).pipe(Effect.mapError(refusal))
