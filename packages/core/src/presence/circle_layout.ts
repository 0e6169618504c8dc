/** Puts boxes on an ellipse so that the straight lines between them cross little and pass through no box. Always the same way. */

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

/** A line between two boxes, by their places in the list. */
export type Line = readonly [from: number, to: number]

/** Pixels between two boxes, between a box and a line that has nothing to do with it, and of a line that must be seen. */
const GAP = 28
const CLEARANCE = 12
const SHORTEST = 60

/** True when two chords of a circle cross: exactly one end of one lies between the ends of the other. */
const cross = (a: Line, b: Line): boolean => {
  const between = (place: number): boolean => place > Math.min(...a) && place < Math.max(...a)
  return !a.some((place) => b.includes(place)) && between(b[0]) !== between(b[1])
}

/** Crossings weigh most, then lines across the middle. `seats[i]`: the place of box i on the circle. */
const costOf = (seats: ReadonlyArray<number>, lines: ReadonlyArray<Line>): number => {
  const chords = lines.map(([from, to]): Line => [seats[from] ?? 0, seats[to] ?? 0])
  let cost = 0
  chords.forEach((chord, index) => {
    for (const other of chords.slice(0, index)) if (cross(chord, other)) cost += seats.length
    const apart = Math.abs(chord[0] - chord[1])
    cost += Math.min(apart, seats.length - apart)
  })
  return cost
}

/** Pairs of lines that are compared at most; a group of twelve presences needs less, a huge one stays as it was written. */
const PATIENCE = 20_000_000

/** The place of each box on the circle. The first keeps the first; others change places while that makes the picture better. */
const seated = (count: number, lines: ReadonlyArray<Line>): ReadonlyArray<number> => {
  let best: ReadonlyArray<number> = Array.from({ length: count }, (_, index) => index)
  let cost = costOf(best, lines)
  const each = (count ** 2 / 2) * (lines.length ** 2 / 2)
  for (let spent = each; spent < PATIENCE; spent += each) {
    let better: ReadonlyArray<number> | null = null
    for (let one = 1; one < count; one++) {
      for (let other = one + 1; other < count; other++) {
        const [first = 0, second = 0] = [best[one], best[other]]
        const changed = best.with(one, second).with(other, first)
        const costs = costOf(changed, lines)
        if (costs < cost) {
          cost = costs
          better = changed
        }
      }
    }
    if (better === null) break
    best = better
  }
  return best
}

/** Where the line from the middle of a box to a point leaves the box, `beyond` pixels outside of it. */
export const leave = (middle: Point, { width, height }: Size, towards: Point, beyond: number): Point => {
  const [dx, dy] = [towards.x - middle.x, towards.y - middle.y]
  const length = Math.hypot(dx, dy)
  if (length === 0) return middle
  const sides = Math.min(
    dx === 0 ? Number.POSITIVE_INFINITY : width / 2 / Math.abs(dx),
    dy === 0 ? Number.POSITIVE_INFINITY : height / 2 / Math.abs(dy)
  )
  const share = sides + beyond / length
  return { x: middle.x + dx * share, y: middle.y + dy * share }
}

/** True when the line from one point to another meets a box with this middle. */
export const meets = (from: Point, to: Point, middle: Point, { width, height }: Size): boolean => {
  // Each pair of opposite sides leaves a part of the line between them; it meets the box where both parts overlap.
  const part = (start: number, end: number, centre: number, half: number): readonly [number, number] => {
    if (start === end) return Math.abs(start - centre) < half ? [0, 1] : [1, 0]
    const [one, other] = [(centre - half - start) / (end - start), (centre + half - start) / (end - start)]
    return [Math.min(one, other), Math.max(one, other)]
  }
  const [fromX, toX] = part(from.x, to.x, middle.x, width / 2)
  const [fromY, toY] = part(from.y, to.y, middle.y, height / 2)
  return Math.max(fromX, fromY, 0) < Math.min(toX, toY, 1)
}

const grown = ({ width, height }: Size, by: number): Size => ({ width: width + 2 * by, height: height + 2 * by })

/** Where two boxes, or a box and a line, are too near to each other. */
const isTight = (middles: ReadonlyArray<Point>, sizes: ReadonlyArray<Size>, lines: ReadonlyArray<Line>): boolean => {
  const boxes = middles.map((middle, index) => ({ middle, size: sizes[index] ?? { width: 0, height: 0 } }))
  const overlap = boxes.some((a, index) =>
    boxes
      .slice(0, index)
      .some(
        (b) =>
          Math.abs(a.middle.x - b.middle.x) < (a.size.width + b.size.width) / 2 + GAP &&
          Math.abs(a.middle.y - b.middle.y) < (a.size.height + b.size.height) / 2 + GAP
      )
  )
  if (overlap) return true
  return lines.some(([from, to]) => {
    const [a, b] = [boxes[from], boxes[to]]
    if (a === undefined || b === undefined) return false
    const start = leave(a.middle, a.size, b.middle, 0)
    const end = leave(b.middle, b.size, a.middle, 0)
    if (Math.hypot(end.x - start.x, end.y - start.y) < SHORTEST) return true
    return boxes.some(
      ({ middle, size }, index) => index !== from && index !== to && meets(start, end, middle, grown(size, CLEARANCE))
    )
  })
}

/** `flat`: how much wider than high. */
const onEllipse = (seats: ReadonlyArray<number>, radius: number, flat: number): ReadonlyArray<Point> => {
  if (seats.length === 1) return [{ x: 0, y: 0 }]
  // Two stand side by side, as text is wide; else the first stands at the top.
  const start = seats.length === 2 ? Math.PI : -Math.PI / 2
  return seats.map((seat) => {
    const angle = start + (2 * Math.PI * seat) / seats.length
    return { x: Math.round(radius * Math.cos(angle)), y: Math.round((radius * Math.sin(angle)) / flat) }
  })
}

/** Ellipses that are tried: from nearly round to flat, as boxes are wider than high. */
const FLATNESS = [1.2, 1.5, 1.9]

/** The limit guards the clock: an ellipse that is big enough leaves room, as no corner of a polygon lies on one of its chords. */
const WIDEST = 20_000

/** The middle of each box around the origin: the smallest ellipse that leaves room for all boxes and lines. */
export const circleLayout = (sizes: ReadonlyArray<Size>, lines: ReadonlyArray<Line>): ReadonlyArray<Point> => {
  const seats = seated(sizes.length, lines)
  let best: { readonly middles: ReadonlyArray<Point>; readonly area: number } | null = null
  for (const flat of FLATNESS) {
    let radius = 60
    let middles = onEllipse(seats, radius, flat)
    while (isTight(middles, sizes, lines) && radius < WIDEST) {
      radius = Math.ceil(radius * 1.05)
      middles = onEllipse(seats, radius, flat)
    }
    const area = radius ** 2 / flat
    if (best === null || area < best.area) best = { middles, area }
  }
  return best?.middles ?? []
}
