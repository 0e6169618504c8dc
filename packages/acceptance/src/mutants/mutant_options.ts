/** The command line of the mutants. */
import { named, UsageError } from "../binary/command_line.ts"
import { type Mutant, mutants } from "./mutants.ts"

export const USAGE = `usage: npm run test:mutants -- [TEXT]

Puts small defects into a copy of the sources, one after another, and says which laws each of them breaks; TEXT takes those that have it in
their name. Without it the code as it is has to keep all laws, too.

Exit code: 0 every defect breaks a law, 1 one does not, 2 it cannot be run.`

export interface MutantOptions {
  readonly chosen: ReadonlyArray<Mutant>
  /** Whether the code is also tried as it is. */
  readonly alsoRight: boolean
}

/** Null: help is asked for. Throws `UsageError`. */
export const readOptions = (args: ReadonlyArray<string>): MutantOptions | null => {
  const [text = "", ...more] = args
  if (text === "--help") return null
  if (more.length > 0 || text.startsWith("-")) throw new UsageError(`found ${args.join(" ")}, expected one text`)
  return { chosen: named("defect", mutants, ({ name }) => name, text), alsoRight: text === "" }
}
