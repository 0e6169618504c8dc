/** What a trial says of a mutant, and whether that counts: a law has to be broken, a crash in it is none. */

/** A law that a trial found broken. */
export interface BrokenLaw {
  /** Its sentence. */
  readonly law: string
  /** What was found. */
  readonly found: string
  /** Whether the law says so. Else something else was thrown while it was tried. */
  readonly isBreach: boolean
}

export interface Verdict {
  readonly isCaught: boolean
  /** For people. */
  readonly lines: ReadonlyArray<string>
}

const told = (laws: ReadonlyArray<BrokenLaw>): string => laws.map(({ law, found }) => `${law} (${found})`).join("; ")

export const verdictOn = (mutant: string, broken: ReadonlyArray<BrokenLaw>): Verdict => {
  const breaches = broken.filter(({ isBreach }) => isBreach)
  const crashes = broken.filter(({ isBreach }) => !isBreach)
  if (breaches.length > 0) {
    const also = crashes.length === 0 ? "" : `; crashed: ${crashes.map(({ law }) => law).join("; ")}`
    return { isCaught: true, lines: [`caught  ${mutant}`, `        by: ${breaches.map(({ law }) => law).join("; ")}${also}`] }
  }
  if (crashes.length > 0) return { isCaught: false, lines: [`CRASHED ${mutant}`, `        in: ${told(crashes)}`] }
  return { isCaught: false, lines: [`MISSED  ${mutant}`] }
}
