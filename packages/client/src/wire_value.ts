/** Values as servers write them: ids, numbers and flags come as numbers, as text, or as booleans (reference 1.2). */
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"

const Scalar = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])

/** Text; null is the empty text. */
export const WireText: Schema.Codec<string, string | number | boolean | null> = Schema.NullOr(Scalar).pipe(
  Schema.decodeTo(Schema.String, {
    decode: SchemaGetter.transform((value: string | number | boolean | null) => (value === null ? "" : String(value))),
    encode: SchemaGetter.transform((text: string) => text)
  })
)

/** Text that may be missing: null and the empty text are null. */
export const WireMaybeText: Schema.Codec<string | null, string | number | boolean | null> = Schema.NullOr(Scalar).pipe(
  Schema.decodeTo(Schema.NullOr(Schema.String), {
    decode: SchemaGetter.transform((value: string | number | boolean | null) =>
      value === null || value === "" ? null : String(value)
    ),
    encode: SchemaGetter.transform((text: string | null) => text)
  })
)

/** An id, as text. */
export const WireId: Schema.Codec<string, string | number> = Schema.Union([Schema.String, Schema.Finite]).pipe(
  Schema.decodeTo(Schema.String, {
    decode: SchemaGetter.transform((value: string | number) => String(value)),
    encode: SchemaGetter.transform((text: string) => text)
  })
)

/** An id that may be missing: null, 0 and the empty text mean that there is none. */
export const WireMaybeId: Schema.Codec<string | null, string | number | null> = Schema.NullOr(
  Schema.Union([Schema.String, Schema.Finite])
).pipe(
  Schema.decodeTo(Schema.NullOr(Schema.String), {
    decode: SchemaGetter.transform((value: string | number | null) =>
      value === null || value === "" || value === 0 ? null : String(value)
    ),
    encode: SchemaGetter.transform((text: string | null) => text)
  })
)

/** A finite number; the empty text and null are 0. Text that is no number is refused. */
export const WireNumber: Schema.Codec<number, string | number | null> = Schema.NullOr(
  Schema.Union([Schema.Finite, Schema.String.check(Schema.isPattern(/^\s*(-?\d{1,15}(\.\d{1,9})?)?\s*$/))])
).pipe(
  Schema.decodeTo(Schema.Finite, {
    decode: SchemaGetter.transform((value: string | number | null) => Number(value)),
    encode: SchemaGetter.transform((number: number) => number)
  })
)

/** True for `true`, 1, `"1"`, `"true"`, `"yes"`; false for everything else that is a scalar. */
export const WireFlag: Schema.Codec<boolean, string | number | boolean | null> = Schema.NullOr(Scalar).pipe(
  Schema.decodeTo(Schema.Boolean, {
    decode: SchemaGetter.transform(
      (value: string | number | boolean | null) =>
        value === true || value === "1" || value === "true" || value === "yes" || (typeof value === "number" && value !== 0)
    ),
    encode: SchemaGetter.transform((flag: boolean) => flag)
  })
)
