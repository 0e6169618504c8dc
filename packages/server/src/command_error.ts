/** How a command ends. */
import * as Data from "effect/Data"

/** 1: something went wrong while running. 2: the configuration or the command line was refused. 3: a server refused the login. */
export type ExitCode = 1 | 2 | 3

/** A command failed; `message` has been made for the person who typed it. */
export class CommandError extends Data.TaggedError("CommandError")<{ readonly code: ExitCode; readonly message: string }> {}
