/** Text of a client's, for the log: one line, bounded, nothing in it that a terminal would obey. */

/** Characters that are shown. */
const SHOWN = 128

const special = /[\p{Cc}\u2028\u2029]/gu

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

export const logText = (text: string): string => {
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}... (${text.length} characters)` : text
  return shown.replace(special, escaped)
}
