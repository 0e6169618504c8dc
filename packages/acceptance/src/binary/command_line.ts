/** What the command lines of these programs have in common. */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util"

/** What is wrong with a command line. */
export class UsageError extends Error {}

export const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/** Values of the options. Throws `UsageError`. */
export const readArgs = <Options extends ParseArgsOptionsConfig>(args: ReadonlyArray<string>, options: Options) => {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** Those whose name holds a text. Throws `UsageError` where none does, which says what there is. `what`: what they are, as `law`. */
export const named = <A>(what: string, all: ReadonlyArray<A>, nameOf: (one: A) => string, text: string): ReadonlyArray<A> => {
  const found = all.filter((one) => nameOf(one).includes(text))
  if (found.length > 0) return found
  throw new UsageError([`no ${what} has "${text}" in its name; there are:`, ...all.map((one) => `  ${nameOf(one)}`)].join("\n"))
}

/**
 * Runs a command to its exit code. `read`: null where help is asked for. Exit code 2: the command line is wrong, which is told with the
 * usage; 1: it failed.
 */
export const runMain = async <Options>(
  usage: string,
  read: (args: ReadonlyArray<string>) => Options | null,
  run: (options: Options) => Promise<number>
): Promise<void> => {
  try {
    const options = read(process.argv.slice(2))
    if (options === null) say(usage)
    else process.exitCode = await run(options)
  } catch (error) {
    const isUsage = error instanceof UsageError
    const why = isUsage
      ? `${error.message}\n\n${usage}`
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error)
    process.stderr.write(`${why}\n`)
    process.exitCode = isUsage ? 2 : 1
  }
}
