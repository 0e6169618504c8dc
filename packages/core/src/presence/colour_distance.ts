/** Whether two colours can be told apart in a small dot, by different eyes; and which ink is readable on a colour. */

/** `trichromat`: all three kinds of cones work. The others lack the kind for long, middle or short waves (red, green, blue). */
export type Eyes = "trichromat" | "protanope" | "deuteranope" | "tritanope"

/** Red, green and blue of 0 to 1, proportional to light. */
type Linear = readonly [red: number, green: number, blue: number]

/** CIE 1976 L*a*b* under D65. */
type Lab = readonly [lightness: number, a: number, b: number]

/**
 * What such eyes make of linear sRGB, row by row: Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of
 * Color Vision Deficiency" (IEEE TVCG 15/6, 2009), the table for severity 1.0.
 */
const seenBy: Readonly<Record<Exclude<Eyes, "trichromat">, readonly [red: Linear, green: Linear, blue: Linear]>> = {
  protanope: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998]
  ],
  deuteranope: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881]
  ],
  tritanope: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039]
  ]
}

/** All eyes that are asked. */
export const EYES: ReadonlyArray<Eyes> = ["trichromat", "protanope", "deuteranope", "tritanope"]

/** IEC 61966-2-1. */
const toLight = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)

const toLinear = (colour: string): Linear => {
  const channel = (at: number): number => toLight(Number.parseInt(colour.slice(at, at + 2), 16) / 255)
  return [channel(1), channel(3), channel(5)]
}

const dot = (row: Linear, [red, green, blue]: Linear): number => row[0] * red + row[1] * green + row[2] * blue

const seen = (colour: string, eyes: Eyes): Linear => {
  const light = toLinear(colour)
  if (eyes === "trichromat") return light
  const [red, green, blue] = seenBy[eyes]
  const within = (value: number): number => Math.min(1, Math.max(0, value))
  return [within(dot(red, light)), within(dot(green, light)), within(dot(blue, light))]
}

const luminanceOf: Linear = [0.2126729, 0.7151522, 0.072175]

/** CIE 15: from sRGB's primaries to XYZ over the white of D65, then to L*a*b*. */
const toLab = (light: Linear): Lab => {
  const bend = (value: number): number => (value > 216 / 24_389 ? Math.cbrt(value) : ((24_389 / 27) * value + 16) / 116)
  const x = bend(dot([0.4124564, 0.3575761, 0.1804375], light) / 0.95047)
  const y = bend(dot(luminanceOf, light))
  const z = bend(dot([0.0193339, 0.119192, 0.9503041], light) / 1.08883)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

/** Degrees of the eye's field that a presence's dot fills: 3.5 mm at 60 cm. The model below was measured from here upwards. */
const DOT = 1 / 3

/** Part of the people who must see a difference for it to be one. */
const HALF = 0.5

/**
 * How far apart along L*, a* and b* two patches of that size must be: Stone, Szafir and Setlur, "An Engineering Model for Color
 * Difference as a Function of Size" (Color and Imaging Conference 22, 2014). Small patches need much more than the 2.3 that is often
 * quoted for large ones, and more in blue and yellow than in lightness.
 */
const noticeable: Lab = [HALF * (10.16 + 1.5 / DOT), HALF * (10.68 + 3.08 / DOT), HALF * (10.7 + 5.74 / DOT)]

/**
 * How different two colours (`#RRGGBB`) are in a small dot. Below 1, fewer than half of the people with such eyes see two colours.
 */
export const colourDistance = (one: string, other: string, eyes: Eyes): number => {
  const a = toLab(seen(one, eyes))
  const b = toLab(seen(other, eyes))
  return Math.hypot((a[0] - b[0]) / noticeable[0], (a[1] - b[1]) / noticeable[1], (a[2] - b[2]) / noticeable[2])
}

/** The eyes that take two colours for one. */
export const alikeTo = (one: string, other: string): ReadonlyArray<Eyes> =>
  EYES.filter((eyes) => colourDistance(one, other, eyes) < 1)

/** WCAG 2.2: from 1 (none) to 21 (black on white). */
export const contrast = (one: string, other: string): number => {
  const a = dot(luminanceOf, toLinear(one)) + 0.05
  const b = dot(luminanceOf, toLinear(other)) + 0.05
  return Math.max(a, b) / Math.min(a, b)
}

/** Black or white, whichever is easier to read on a colour; its contrast is at least 4.5, what WCAG asks of text. */
export const inkOn = (background: string): "#000000" | "#FFFFFF" =>
  contrast("#000000", background) >= contrast("#FFFFFF", background) ? "#000000" : "#FFFFFF"
