/** The kinds of values that options have. Each is a Schema that says in words what it expects. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaIssue from "effect/SchemaIssue"
import * as network from "../connection/network.ts"

/** Decodes anything that a file can hold, never encoded back. */
export type OptionSchema<A> = Schema.Codec<A, unknown>

/** A kind of value: `read` answers undefined for what it does not accept. */
export const kind = <A>(expected: string, read: (input: unknown) => A | undefined): OptionSchema<A> =>
  Schema.Unknown.pipe(
    Schema.decodeTo(
      // The only values that reach this side are those that `read` made.
      Schema.declare((_: unknown): _ is A => true, { expected }),
      {
        decode: SchemaGetter.transformEffect((input: unknown, options) => {
          const value = read(input)
          return value === undefined
            ? Effect.fail(new SchemaIssue.InvalidValue({ expected }, input, options))
            : Effect.succeed(value)
        }),
        encode: SchemaGetter.transform((value: A): unknown => value)
      }
    )
  )

/** Says what an option is for; the option must be given. */
export const required = <A>(self: OptionSchema<A>, description: string): OptionSchema<A> => self.annotate({ description })

/** Says what an option is for and what it is when absent: `value` is decoded as if it stood in the file. */
export const optional = <A>(self: OptionSchema<A>, value: unknown, description: string): OptionSchema<A> =>
  Schema.optionalKey(Schema.Unknown).pipe(
    Schema.decodeTo(self.annotate({ description, whenAbsent: value }), {
      decode: SchemaGetter.transformOptional((input: Option.Option<unknown>) =>
        Option.some(Option.getOrElse(input, () => value))
      ),
      encode: SchemaGetter.passthrough()
    })
  )

/** Says what an option is for; absent, it stays absent, and `meaning` says what that means. */
export const absentable = <A>(
  self: OptionSchema<A>,
  meaning: string,
  description: string
): Schema.optionalKey<OptionSchema<A>> =>
  Schema.optionalKey(self.annotate({ description, whenAbsent: undefined, absentMeans: meaning }))

/** A mapping inside a section; absent or empty (`tls:` with nothing after it) it has all its defaults. */
export const section = <A>(self: OptionSchema<A>, description: string): OptionSchema<A> =>
  Schema.optionalKey(Schema.Unknown).pipe(
    Schema.decodeTo(self.annotate({ description }), {
      decode: SchemaGetter.transformOptional((input: Option.Option<unknown>) =>
        Option.some(Option.getOrElse(input, () => null) ?? {})
      ),
      encode: SchemaGetter.passthrough()
    })
  )

/** A mapping whose text form is short for one of its keys: `support` for `{queue: support}`. */
export const shorthand = <A>(key: string, self: OptionSchema<A>): OptionSchema<A> =>
  Schema.Unknown.pipe(
    Schema.decodeTo(self, {
      decode: SchemaGetter.transform((input: unknown) =>
        typeof input === "string" || typeof input === "number" ? { [key]: input } : input
      ),
      encode: SchemaGetter.passthrough()
    })
  )

const control = /[\p{Cc}\u2028\u2029]/u

const asText = (input: unknown): string | undefined =>
  typeof input === "string" ? input : typeof input === "number" && Number.isFinite(input) ? String(input) : undefined

const readText =
  (pattern: RegExp | null, longest: number, shortest: number) =>
  (input: unknown): string | undefined => {
    const text = asText(input)
    if (text === undefined || text.length < shortest || text.length > longest || control.test(text)) return undefined
    return pattern === null || pattern.test(text) ? text : undefined
  }

/** One line of text, maybe empty. Numbers count as text, so that extensions need no quotes. */
export const Text: OptionSchema<string> = kind("a line of text of at most 255 characters", readText(null, 255, 0))

/** One line of text, not empty. */
export const Name: OptionSchema<string> = kind("a line of text of 1 to 255 characters", readText(null, 255, 1))

/** An identifier, used as a key and by programs. */
export const Identifier: OptionSchema<string> = kind(
  "a name of letters, digits, _ and -, beginning with a letter",
  readText(/^[A-Za-z][A-Za-z0-9_-]*$/, 64, 1)
)

/** What a phone can dial, and what is safe in a key of Asterisk's database. */
export const Extension: OptionSchema<string> = kind(
  "an extension: 1 to 40 of the characters 0-9 A-Z a-z * # + _ . -",
  readText(/^[0-9A-Za-z*#+_.-]+$/, 40, 1)
)

/** An extension or nothing. */
export const ExtensionOrEmpty: OptionSchema<string> = kind(
  "an extension (0-9 A-Z a-z * # + _ . -), or empty",
  readText(/^[0-9A-Za-z*#+_.-]*$/, 40, 0)
)

/** The name of a context, queue or mailbox in Asterisk. */
export const AsteriskName: OptionSchema<string> = kind(
  "a name in Asterisk: 1 to 79 characters without spaces, commas, @, | or &",
  readText(/^[^\s,@|&]+$/, 79, 1)
)

/** A device or an interface: `PJSIP/1003`, `Custom:1001`, `Local/1001@from-queue/n`. */
export const Device: OptionSchema<string> = kind(
  "a device such as PJSIP/1003 or Custom:1001, without spaces, commas, | or &",
  readText(/^[^\s,|&]+$/, 127, 1)
)

/** A host name or an IP address. */
export const Address: OptionSchema<string> = kind("a host name or an IP address", readText(/^[0-9A-Za-z_.:%-]+$/, 253, 1))

/** Addresses that begin with the same bits. */
export const Network: OptionSchema<network.Network> = kind(
  "an IP address, or a network such as 10.0.0.0/8 or 2001:db8::/32",
  (input) => (typeof input === "string" ? (network.parseNetwork(input) ?? undefined) : undefined)
)

/** A path of a file; relative ones start at the folder of `ctid.yml`. */
export const FilePath: OptionSchema<string> = kind("the path of a file", readText(null, 4096, 1))

/** `#RRGGBB` */
export const Color: OptionSchema<string> = kind('a colour written "#RRGGBB"', readText(/^#[0-9A-Fa-f]{6}$/, 7, 7))

export const Uuid: OptionSchema<string> = kind("a UUID such as 5f0c1e2a-7b3d-4c5e-8f90-123456789abc", (input) =>
  typeof input === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(input) ? input.toLowerCase() : undefined
)

/** A secret; it never appears in a message. */
export const Secret: OptionSchema<Redacted.Redacted> = kind("a secret of 1 to 255 characters, on one line", (input) => {
  const text = readText(null, 255, 1)(input)
  return text === undefined ? undefined : Redacted.make(text)
})

const booleans: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  ["true", true],
  ["yes", true],
  ["on", true],
  [false, false],
  ["false", false],
  ["no", false],
  ["off", false]
])

/** `true`, `yes`, `on`; `false`, `no`, `off`. */
export const OnOff: OptionSchema<boolean> = kind("true or false", (input) => booleans.get(input))

/** A whole number in a range. */
export const int = (least: number, most: number): OptionSchema<number> =>
  kind(
    most === Number.MAX_SAFE_INTEGER ? `a whole number of ${least} or more` : `a whole number from ${least} to ${most}`,
    (input) => (typeof input === "number" && Number.isSafeInteger(input) && input >= least && input <= most ? input : undefined)
  )

/** Identifies an object on the wire. */
export const Id: OptionSchema<number> = int(1, Number.MAX_SAFE_INTEGER)

const decimal = /^[0-9]+(\.[0-9]+)?$/

/** Seconds, with a fraction if wanted; milliseconds inside. */
export const seconds = (least: number, most: number): OptionSchema<number> =>
  kind(`a number of seconds from ${least} to ${most}`, (input) => {
    const text = asText(input)
    if (text === undefined || !decimal.test(text)) return undefined
    const value = Number(text)
    return value >= least && value <= most ? Math.round(value * 1000) : undefined
  })

const units: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["B", 1],
  ["KiB", 1024],
  ["MiB", 1024 ** 2],
  ["GiB", 1024 ** 3]
])

const inUnits = (bytes: number): string => {
  for (const unit of ["GiB", "MiB", "KiB"]) {
    const size = units.get(unit) ?? 1
    if (bytes % size === 0) return `${bytes / size} ${unit}`
  }
  return String(bytes)
}

/** Bytes: `65536` or `64 KiB`. */
export const bytes = (least: number, most: number): OptionSchema<number> =>
  kind(`a size such as 65536, 64 KiB or 1 MiB, from ${inUnits(least)} to ${inUnits(most)}`, (input) => {
    const match = /^([0-9]{1,15}) ?([A-Za-z]*)$/.exec(asText(input) ?? "")
    const unit = units.get(match?.[2] ?? "")
    if (match === null || unit === undefined) return undefined
    const value = Number(match[1]) * unit
    return value >= least && value <= most ? value : undefined
  })

/** One of some words. Numbers count as their text (`2.0` is a version, not a number). */
export const oneOf = <const A extends string>(words: ReadonlyArray<A>): OptionSchema<A> =>
  kind(words.length === 1 ? `${words[0]}` : `one of ${words.join(", ")}`, (input) => {
    const text = asText(input)
    return words.find((word) => word === text)
  })

/** A value, or nothing (`null`, `~`). */
export const nullable = <A>(self: OptionSchema<A>): OptionSchema<A | null> => {
  const decode = Schema.decodeUnknownOption(self)
  const { expected } = Schema.resolveAnnotations(self) ?? {}
  return kind<A | null>(`${expected}, or null`, (input) => (input === null ? null : Option.getOrUndefined(decode(input))))
}
