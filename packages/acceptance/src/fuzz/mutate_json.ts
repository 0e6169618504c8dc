/** Messages that are almost right: a field is missing, of another type, too long, too deep, or there twice. */
import type { Seeded } from "../seeded.ts"

type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [name: string]: Json }

const LONG = "x".repeat(70_000)

const TEXTS: ReadonlyArray<string> = [
  "",
  " ",
  "\r\nAction: Originate\r\nChannel: Local/1\r\n\r\n",
  "1001\nAction: Command",
  "a".repeat(256),
  LONG,
  "\0",
  "\u2028\u0085",
  "\ud800",
  "é".repeat(100),
  "__proto__",
  "constructor",
  "toString",
  "../../etc/passwd",
  "xivo/1",
  "agent:special:me",
  "queue:xivo/all",
  "1001@default",
  "1e308",
  "-1",
  "0x10",
  "00",
  "NaN"
]

const NUMBERS: ReadonlyArray<number> = [
  0,
  -1,
  1,
  1.5,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  1e21,
  1e308,
  5e-324,
  4_294_967_295
]

const nested = (depth: number, random: Seeded): Json => {
  let value: Json = null
  for (let level = 0; level < depth; level++) value = random.chance(0.5) ? [value] : { a: value }
  return value
}

/** A value that nobody expects there. */
const anything = (random: Seeded): Json =>
  random.weighted<() => Json>([
    [6, () => random.pick(TEXTS)],
    [4, () => random.pick(NUMBERS)],
    [1, () => null],
    [1, () => random.chance(0.5)],
    [1, () => []],
    [1, () => ({})],
    [1, () => Array.from({ length: random.below(2000) }, () => random.below(10))],
    [1, () => Array.from({ length: random.below(50) }, () => [random.pick(TEXTS), random.below(100)])],
    [1, () => nested(1 + random.below(500), random)],
    [1, () => Object.fromEntries(TEXTS.filter((text) => text.length < 300).map((text) => [text, text]))]
  ])()

const NAMES = [
  "class",
  "command",
  "function",
  "value",
  "commandid",
  "tid",
  "listname",
  "__proto__",
  "constructor",
  "length",
  ""
]

const mutateObject = (value: { readonly [name: string]: Json }, random: Seeded): Json => {
  const names = Object.keys(value)
  const name = names.length === 0 || random.chance(0.15) ? random.pick(NAMES) : random.pick(names)
  const rest = Object.fromEntries(Object.entries(value).filter(([other]) => other !== name))
  return random.weighted<() => Json>([
    [2, () => rest],
    [5, () => ({ ...rest, [name]: anything(random) })],
    [3, () => ({ ...rest, [name]: mutateValue(value[name] ?? null, random) })],
    [1, () => ({ ...value, [random.pick(NAMES)]: anything(random) })],
    [1, () => ({ ...rest, [name.toUpperCase()]: value[name] ?? null })]
  ])()
}

const mutateValue = (value: Json, random: Seeded): Json => {
  if (Array.isArray(value)) {
    if (value.length === 0 || random.chance(0.2)) return anything(random)
    const at = random.below(value.length)
    return value.map((item, index) => (index === at ? mutateValue(item, random) : item))
  }
  if (typeof value === "object" && value !== null) return mutateObject(value as { readonly [name: string]: Json }, random)
  if (typeof value === "string" && random.chance(0.5)) {
    const at = random.below(value.length + 1)
    return value.slice(0, at) + random.pick(TEXTS) + value.slice(at)
  }
  return anything(random)
}

/** As text that says the same, written in another way, or no JSON any more. */
const written = (value: Json, random: Seeded): string => {
  const text = JSON.stringify(value)
  return random.weighted<() => string>([
    [12, () => text],
    [1, () => JSON.stringify(value, null, 1).replaceAll("\n", " ")],
    [1, () => text.replace(/[a-z]/g, (c) => (random.chance(0.2) ? `\\u00${c.charCodeAt(0).toString(16)}` : c))],
    [1, () => text.replace(/^\{/, '{"class":"keepalive",')],
    [1, () => text.replace(/\}$/, ',"class":"getipbxlist"}')],
    [1, () => `\ufeff${text}`],
    [1, () => `${" ".repeat(random.below(70_000))}${text}\t`],
    [1, () => "[".repeat(random.below(60_000))],
    [1, () => `${text}${text}`]
  ])()
}

/** A line without its end. */
export const mutateMessage = (message: object, random: Seeded): string => {
  // it came from JSON, or from a schema of it
  let mutated: Json = JSON.parse(JSON.stringify(message)) as Json
  for (let more = true; more; more = random.chance(0.3)) mutated = mutateValue(mutated, random)
  return written(mutated, random)
}
