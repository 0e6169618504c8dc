/** A presence group as a picture: an SVG in the group's own colours, the same for the same group. */
import { circleLayout, leave, type Point } from "./circle_layout.ts"
import { type DrawnGroup, type DrawnPresence, drawnGroup, SIGNS_IN, SIGNS_OUT } from "./drawn_group.ts"
import { type Card, cardOf, textWidth, weightOf } from "./presence_card.ts"
import type { DraftGroup } from "./presence_defect.ts"

const INK = "#1F2933"
const EDGE = "#52606D"
const ALARM = "#B00020"
const SMALL = 12
const MARGIN = 20
const FRAME_PADDING = 28
/** Room for the two arrows between the frame and `disconnected`. */
const PASSAGE = 78

/** XML text. What XML cannot hold is left out. */
const escaped = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no form for them.
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")

const number = (value: number): string => String(Math.round(value * 10) / 10)

const at = ({ x, y }: Point): string => `${number(x)},${number(y)}`

interface Words {
  readonly size?: number
  readonly fill?: string
  readonly weight?: "bold" | "plain"
  readonly anchor?: "start" | "middle" | "end"
}

const words = (
  text: string,
  { x, y }: Point,
  { size = SMALL, fill = INK, weight = "plain", anchor = "start" }: Words = {}
): string =>
  `<text x="${number(x)}" y="${number(y)}" font-size="${size}" fill="${fill}"${weight === "plain" ? "" : ' font-weight="bold"'}${anchor === "start" ? "" : ` text-anchor="${anchor}"`}>${escaped(text)}</text>`

const HEAD = { length: 10, half: 4.5 }

/** A line with a head at its end, and one at its beginning too if it leads back. */
const arrow = (from: Point, to: Point, both: boolean): string => {
  const length = Math.hypot(to.x - from.x, to.y - from.y)
  const [ux, uy] = [(to.x - from.x) / length, (to.y - from.y) / length]
  const head = (tip: Point, sign: 1 | -1): { readonly base: Point; readonly points: string } => {
    const base = { x: tip.x - sign * ux * HEAD.length, y: tip.y - sign * uy * HEAD.length }
    const side = (half: number): Point => ({ x: base.x - uy * half, y: base.y + ux * half })
    return { base, points: [tip, side(HEAD.half), side(-HEAD.half)].map(at).join(" ") }
  }
  const end = head(to, 1)
  const start = both ? head(from, -1) : null
  const [colour, width] = both ? [EDGE, "1.4"] : [INK, "2"]
  const heads = [end, ...(start === null ? [] : [start])].map(({ points }) => `<polygon points="${points}" fill="${colour}"/>`)
  const begin = start?.base ?? from
  return `<path d="M${at(begin)} L${at(end.base)}" stroke="${colour}" stroke-width="${width}" fill="none"/>${heads.join("")}`
}

/** What a presence is, does and leads to, in a sentence; for those who do not see the picture. */
const told = ({ name, title, lines, marks, leadsTo }: DrawnPresence): string =>
  [
    `${title} (${name})`,
    ...(lines.length === 0 ? [] : [lines.join(", ")]),
    ...(leadsTo.length === 0 ? [] : [`leads to ${leadsTo.join(", ")}`]),
    ...marks
  ].join("; ")

const RADIUS = 8

const drawnCard = ({ presence, width, height, band, lines }: Card, { x, y }: Point): string => {
  const [left, top, right] = [x - width / 2, y - height / 2, x + width / 2]
  const bottom = top + band
  const isBare = band === height
  const upper = isBare
    ? ""
    : `<path d="M${number(left)},${number(bottom)} V${number(top + RADIUS)} Q${number(left)},${number(top)} ${number(left + RADIUS)},${number(top)} H${number(right - RADIUS)} Q${number(right)},${number(top)} ${number(right)},${number(top + RADIUS)} V${number(bottom)} Z" fill="${presence.fill}" stroke="${INK}" stroke-width="0.6"/>`
  const border =
    presence.marks.length > 0
      ? `stroke="${ALARM}" stroke-width="2.5" stroke-dasharray="7 4"`
      : `stroke="${INK}" stroke-width="1.2"`
  const rectangle = (fill: string, extra: string): string =>
    `<rect x="${number(left)}" y="${number(top)}" width="${width}" height="${height}" rx="${RADIUS}" fill="${fill}"${extra}/>`
  const texts = lines.map(({ text, baseline, size, kind }) =>
    words(
      text,
      { x, y: top + baseline },
      {
        size,
        anchor: "middle",
        fill: kind === "mark" ? ALARM : kind === "doing" ? INK : presence.ink,
        weight: weightOf(kind)
      }
    )
  )
  return [
    "<g>",
    `<title>${escaped(told(presence))}</title>`,
    rectangle(isBare ? presence.fill : "#FFFFFF", ""),
    upper,
    rectangle("none", ` ${border}`),
    ...texts,
    "</g>"
  ]
    .filter((part) => part !== "")
    .join("")
}

/** Explanations, one after the other, on as many lines as the picture's width needs. */
const legend = (
  picture: DrawnGroup,
  left: number,
  top: number,
  width: number
): { readonly parts: ReadonlyArray<string>; readonly height: number } => {
  const sample = (both: boolean) => (from: Point) => arrow(from, { x: from.x + 44, y: from.y }, both)
  const entries = [
    { mark: sample(true), text: "the menu of each offers the other" },
    { mark: sample(false), text: "only this way" },
    ...(picture.presences.some(({ marks }) => marks.length > 0)
      ? [
          {
            mark: ({ x, y }: Point) =>
              `<rect x="${number(x)}" y="${number(y - 8)}" width="44" height="16" rx="5" fill="#FFFFFF" stroke="${ALARM}" stroke-width="2.5" stroke-dasharray="7 4"/>`,
            text: "cut off from available"
          }
        ]
      : [])
  ]
  let x = left
  let y = top + 10
  const parts = entries.flatMap(({ mark, text }) => {
    const wide = 44 + 8 + textWidth(text, SMALL) + 16
    if (x > left && x + wide > left + width) {
      x = left
      y += 24
    }
    const drawn = [mark({ x, y }), words(text, { x: x + 52, y: y + 4 })]
    x += wide
    return drawn
  })
  return { parts, height: y + 14 - top }
}

interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

const around = (cards: ReadonlyArray<Card>, middles: ReadonlyArray<Point>): Box => {
  const corners = cards.map(({ width, height }, index) => {
    const { x, y } = middles[index] ?? { x: 0, y: 0 }
    return { left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 }
  })
  return {
    left: Math.min(...corners.map(({ left }) => left), 0),
    top: Math.min(...corners.map(({ top }) => top), 0),
    right: Math.max(...corners.map(({ right }) => right), 0),
    bottom: Math.max(...corners.map(({ bottom }) => bottom), 0)
  }
}

/**
 * An SVG of a group: each presence with what it does on the PBX, in its own colour; an arrow where a menu leads; marked, what is cut off from
 * `available`. The middle of the frame is the origin. Ends with a line feed.
 */
export const presenceSvg = (group: DraftGroup): string => {
  const picture = drawnGroup(group)
  const cards = picture.presences.map(cardOf)
  const place = new Map(picture.presences.map(({ name }, index) => [name, index]))
  const lines = picture.edges.map(({ from, to }) => [place.get(from) ?? 0, place.get(to) ?? 0] as const)
  const middles = circleLayout(cards, lines)
  const inside = around(cards, middles)

  const heading = `Presence group ${picture.name}`
  const passageWidth = 2 * (Math.max(textWidth(SIGNS_IN, SMALL), textWidth(SIGNS_OUT, SMALL)) + 30)
  const half = Math.ceil(
    Math.max(-inside.left, inside.right, passageWidth / 2, textWidth(heading, 18, "bold") / 2, 150) + FRAME_PADDING
  )
  const frame: Box = { left: -half, right: half, top: inside.top - FRAME_PADDING - 16, bottom: inside.bottom + FRAME_PADDING }
  const gone = picture.disconnected === null ? null : cardOf(picture.disconnected)
  const middle: Point = { x: 0, y: frame.bottom + PASSAGE + (gone?.height ?? 0) / 2 }
  const bottom = gone === null ? frame.bottom : middle.y + gone.height / 2
  const explained = legend(picture, frame.left, bottom + 24, 2 * half)
  const top = frame.top - 46
  const [width, height] = [2 * (half + MARGIN), Math.ceil(bottom + 24 + explained.height + MARGIN - top)]

  const id = picture.name.replaceAll(/[^A-Za-z0-9_-]/g, "_")
  const described = [...picture.presences, ...(picture.disconnected === null ? [] : [picture.disconnected])].map(told)
  const arrows = picture.edges.map(({ from, to, both }, index) => {
    const [one = 0, other = 0] = lines[index] ?? []
    const [a, b, start, end] = [cards[one], cards[other], middles[one], middles[other]]
    return a === undefined || b === undefined || start === undefined || end === undefined
      ? ""
      : `<g><title>${escaped(`${from} ${both ? "<->" : "->"} ${to}`)}</title>${arrow(leave(start, a, end, 3), leave(end, b, start, 3), both)}</g>`
  })
  const passage =
    gone === null
      ? []
      : [
          arrow({ x: -14, y: middle.y - gone.height / 2 - 4 }, { x: -14, y: frame.bottom + 4 }, false),
          arrow({ x: 14, y: frame.bottom + 4 }, { x: 14, y: middle.y - gone.height / 2 - 4 }, false),
          words(SIGNS_IN, { x: -26, y: frame.bottom + PASSAGE / 2 + 4 }, { anchor: "end" }),
          words(SIGNS_OUT, { x: 26, y: frame.bottom + PASSAGE / 2 + 4 }),
          drawnCard(gone, middle)
        ]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${number(-half - MARGIN)} ${number(top)} ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc" font-family="Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif">`,
    `<title id="${id}-title">${escaped(heading)}</title>`,
    `<desc id="${id}-desc">${escaped(described.join(". "))}.</desc>`,
    `<rect x="${number(-half - MARGIN)}" y="${number(top)}" width="${width}" height="${height}" fill="#FFFFFF"/>`,
    words(heading, { x: frame.left, y: frame.top - 16 }, { size: 18, weight: "bold" }),
    `<rect x="${number(frame.left)}" y="${number(frame.top)}" width="${number(2 * half)}" height="${number(frame.bottom - frame.top)}" rx="14" fill="#F4F6F8" stroke="#9AA5B1" stroke-width="1.2"/>`,
    words("signed in", { x: frame.left + 14, y: frame.top + 22 }, { fill: EDGE }),
    ...arrows,
    ...cards.map((card, index) => drawnCard(card, middles[index] ?? { x: 0, y: 0 })),
    ...passage,
    ...explained.parts,
    "</svg>",
    ""
  ].join("\n")
}
