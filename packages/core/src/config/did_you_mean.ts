/** Guesses which known word a mistyped one was meant to be. */

/** Edits (one character more, less, other, or two swapped) that turn `a` into `b`. */
const distance = (a: string, b: string): number => {
  let before: ReadonlyArray<number> = []
  let row: ReadonlyArray<number> = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let least = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (before[j - 2] ?? 0) + 1)
      next.push(least)
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}

const simple = (word: string): string => word.toLowerCase().replaceAll(/[^a-z0-9]/g, "")

/** The known word nearest to `word`, or null when none is near. Case, `_` and `-` do not count. */
export const nearest = (word: string, known: ReadonlyArray<string>): string | null => {
  // What is that long is no typing error, and must not make this slow.
  if (word.length > 64) return null
  let best: string | null = null
  let least = 3
  for (const candidate of known) {
    const away = distance(simple(word), simple(candidate))
    if (away < least && away < simple(candidate).length - 1 && away <= Math.max(1, candidate.length / 3)) {
      least = away
      best = candidate
    }
  }
  return best
}

/** Words listed where there is no guess. */
const LONGEST_LIST = 40

/** `password (did you mean it?)`, or the list of what is known. */
export const didYouMean = (word: string, known: ReadonlyArray<string>): string => {
  const guess = nearest(word, known)
  if (guess !== null) return `${JSON.stringify(guess)} (did you mean it?)`
  if (known.length === 0) return "none"
  return `one of ${known.slice(0, LONGEST_LIST).join(", ")}${known.length > LONGEST_LIST ? "..." : ""}`
}
