/** Text for a terminal: what servers send is made harmless, measured in columns, and coloured. */

/** Characters that a terminal would obey, or that turn the direction of what follows. */
const UNSAFE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** The text without anything that could move the cursor, set a title, or look like other text. */
export const harmless = (text: string): string => text.replaceAll(UNSAFE, "\ufffd")

const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])$/u
const widthOf = (character: string): number => (NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1)

const PLAIN = /^[\x20-\x7e]*$/

/** Columns that the text takes. */
export const columnsOf = (text: string): number => {
  if (PLAIN.test(text)) return text.length
  let columns = 0
  for (const character of text) columns += widthOf(character)
  return columns
}

/** Exactly so many columns: filled with blanks, or cut with an ellipsis. */
export const fit = (text: string, columns: number): string => {
  const missing = columns - columnsOf(text)
  return missing >= 0 ? text + " ".repeat(missing) : cut(text, columns)
}

/** At most so many columns. */
export const cut = (text: string, columns: number): string => {
  if (columnsOf(text) <= columns) return text
  if (columns <= 0) return ""
  let kept = ""
  let used = 0
  for (const character of text) {
    const width = widthOf(character)
    if (used + width > columns - 1) break
    kept += character
    used += width
  }
  return `${kept}…${" ".repeat(columns - 1 - used)}`
}

/** How many colours the terminal has. */
export type ColorDepth = "none" | "256" | "all"

/** By what the environment says: `NO_COLOR` (no-color.org), `COLORTERM`, `TERM`. */
export const colorDepthOf = (environment: Readonly<Record<string, string | undefined>>, terminal: boolean): ColorDepth => {
  if (!terminal || (environment.NO_COLOR ?? "") !== "" || environment.TERM === "dumb") return "none"
  return /^(truecolor|24bit)$/i.test(environment.COLORTERM ?? "") ? "all" : "256"
}

/** Colours text, or leaves it as it is. */
export interface Paint {
  /** `color`: `#RRGGBB`; anything else colours nothing. */
  readonly color: (color: string, text: string) => string
  readonly dim: (text: string) => string
  readonly bold: (text: string) => string
}

const ESCAPE = "\u001b["
const wrap = (code: string, text: string): string => `${ESCAPE}${code}m${text}${ESCAPE}0m`

/** Nearest colour of the 6 by 6 by 6 cube that terminals with 256 colours have. */
const cubeColor = (red: number, green: number, blue: number): number => {
  const step = (value: number): number => Math.round((value / 255) * 5)
  return 16 + 36 * step(red) + 6 * step(green) + step(blue)
}

const colorCode = (color: string, depth: ColorDepth): string | null => {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color)
  if (hex === null || depth === "none") return null
  const [red = 0, green = 0, blue = 0] = hex.slice(1).map((part) => Number.parseInt(part, 16))
  return depth === "all" ? `38;2;${red};${green};${blue}` : `38;5;${cubeColor(red, green, blue)}`
}

export const paintFor = (depth: ColorDepth): Paint => ({
  color: (color, text) => {
    const code = colorCode(color, depth)
    return code === null ? text : wrap(code, text)
  },
  dim: (text) => (depth === "none" ? text : wrap("2", text)),
  bold: (text) => (depth === "none" ? text : wrap("1", text))
})
