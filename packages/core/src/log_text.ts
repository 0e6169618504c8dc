/** Text of a client's, for the log: one line, bounded, nothing in it that a terminal would obey. */

/** Characters that are shown where nothing else is said. */
const SHOWN = 128

/** What begins a line, moves a cursor or turns the direction of writing. */
export const UNPRINTABLE = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

export const logText = (text: string, most = SHOWN): string => {
  const shown = text.length > most ? `${text.slice(0, most)}... (${text.length} characters)` : text
  return shown.replace(UNPRINTABLE, escaped)
}
