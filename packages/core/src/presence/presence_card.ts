/** The card of one presence in a picture: how big it is, and its text, cut to fit. */
import type { Size } from "./circle_layout.ts"
import type { DrawnPresence } from "./drawn_group.ts"

/** A line of text on a card. */
export interface CardLine {
  readonly text: string
  /** Pixels from the card's top to the text's baseline. */
  readonly baseline: number
  readonly size: number
  readonly kind: "title" | "name" | "doing" | "mark"
}

/** Titles and marks are bold. */
export const weightOf = (kind: CardLine["kind"]): "bold" | "plain" => (kind === "title" || kind === "mark" ? "bold" : "plain")

export interface Card extends Size {
  readonly presence: DrawnPresence
  /** Height of the upper part, which has the presence's colour. */
  readonly band: number
  readonly lines: ReadonlyArray<CardLine>
}

/** Widths in parts of the size, of the widest of the usual sans-serif fonts (DejaVu Sans Bold), so that others fit too. */
const widths: ReadonlyArray<readonly [characters: RegExp, width: number]> = [
  [/[ijl'|!.,:; ]/, 0.38],
  [/[frtI()[\]{}/\\"-]/, 0.5],
  [/[mwMW@%]/, 1.06],
  [/[A-Z&]/, 0.83],
  [/[\u0021-\u024f]/, 0.71],
  [/[\u0250-\u10ff]/, 0.85]
]

/** Plain text is narrower than bold text. */
const PLAIN = 0.9

/** How wide a text is at most, in pixels. */
export const textWidth = (text: string, size: number, weight: "bold" | "plain" = "plain"): number => {
  let width = 0
  for (const character of text) width += widths.find(([characters]) => characters.test(character))?.[1] ?? 1.2
  return width * size * (weight === "bold" ? 1 : PLAIN)
}

const WIDEST = 210

/** A text that is no wider than a card, with an ellipsis where it was cut. */
const cut = (text: string, size: number, weight: "bold" | "plain"): string => {
  if (textWidth(text, size, weight) <= WIDEST) return text
  let kept = ""
  for (const character of text) {
    if (textWidth(`${kept}${character}…`, size, weight) > WIDEST) break
    kept += character
  }
  return `${kept.trimEnd()}…`
}

const TITLE = 15
const SMALL = 12
const PADDING = 14
const NARROWEST = 120

/** Pixels from one baseline to the next. */
const LEADING = 17

export const cardOf = (presence: DrawnPresence): Card => {
  const { title, subtitle, lines, marks } = presence
  const placed: Array<CardLine> = [{ text: cut(title, TITLE, "bold"), baseline: 21, size: TITLE, kind: "title" }]
  let band = 31
  if (subtitle !== null) {
    placed.push({ text: cut(subtitle, SMALL, "plain"), baseline: 37, size: SMALL, kind: "name" })
    band = 46
  }
  let baseline = band + LEADING
  for (const [kind, texts] of [["doing", lines] as const, ["mark", marks] as const]) {
    for (const text of texts) {
      placed.push({ text: cut(text, SMALL, weightOf(kind)), baseline, size: SMALL, kind })
      baseline += LEADING
    }
  }
  const width = Math.max(
    NARROWEST,
    ...placed.map(({ text, size, kind }) => textWidth(text, size, weightOf(kind)) + 2 * PADDING)
  )
  const below = lines.length + marks.length
  return {
    presence,
    band,
    lines: placed,
    width: Math.ceil(width / 2) * 2,
    height: below === 0 ? band : band + below * LEADING + 8
  }
}
