/** What a vector sends, step by step. */
import { isArray, type Json, type JsonObject } from "./json.ts"
import { Malformed, objectAt, onlyKeys, orNull, textAt, wholeAt } from "./reader.ts"

/** A side port. */
export type PortName = "webi" | "info"

export const isPort = (name: string): name is PortName => name === "webi" || name === "info"

export type Send =
  /** Bytes on a client's connection: `cti:42`, `cti:new`. `splitAt`: they are written in two pieces. */
  | {
      readonly _tag: "Bytes"
      readonly connection: string
      readonly bytes: Uint8Array
      readonly splitAt: number | null
      /** The message, where the step is one. */
      readonly message: Json
    }
  /** The client closes. */
  | { readonly _tag: "Close"; readonly connection: string }
  /** An event of Asterisk. */
  | { readonly _tag: "AmiEvent"; readonly headers: ReadonlyArray<readonly [name: string, value: string]> }
  /** Run-time state is replaced, as in `given`. */
  | { readonly _tag: "State"; readonly set: JsonObject }
  /** The stored objects change. */
  | { readonly _tag: "Database"; readonly change: StoredChange }
  /** One new connection to a side port. */
  | { readonly _tag: "Port"; readonly port: PortName; readonly text: string }
  /** The client starts the TLS handshake. */
  | { readonly _tag: "TlsHandshake"; readonly connection: string }
  /** A pure function is called. */
  | { readonly _tag: "Function"; readonly name: string; readonly input: JsonObject }

/** `patch`: dotted path -> value. `add`: list -> object. `remove`: list -> id, several, or the object itself. */
export interface StoredChange {
  readonly patch: JsonObject
  readonly add: JsonObject
  readonly remove: JsonObject
}

/** `cti:42` or `cti:new`. */
export const isConnection = (name: string): boolean => /^cti:.+$/.test(name)

const encoder = new TextEncoder()

const hexBytes = (text: string, place: string): Uint8Array => {
  const digits = text.replace(/\s+/g, "")
  if (!/^([0-9a-fA-F]{2})*$/.test(digits)) throw new Malformed(`${place} must be bytes in hexadecimal`)
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

const bytesOf = (object: JsonObject, place: string): Uint8Array => {
  const forms = ["msg", "raw", "raw_hex"].filter((key) => object[key] !== undefined)
  if (forms.length !== 1) throw new Malformed(`${place} must have one of msg, raw and raw_hex`)
  if (object.msg !== undefined) return encoder.encode(`${JSON.stringify(object.msg)}\n`)
  if (object.raw !== undefined) return encoder.encode(textAt(object.raw, `${place}.raw`))
  return hexBytes(textAt(object.raw_hex, `${place}.raw_hex`), `${place}.raw_hex`)
}

const clientBytes = (connection: string, object: JsonObject, place: string): Send => {
  onlyKeys(object, ["via", "msg", "raw", "raw_hex", "split_at_byte", "note"], place)
  const bytes = bytesOf(object, place)
  const splitAt = orNull(wholeAt, object.split_at_byte, `${place}.split_at_byte`)
  if (splitAt !== null && splitAt > bytes.length) throw new Malformed(`${place}.split_at_byte is past the end`)
  return { _tag: "Bytes", connection, bytes, splitAt, message: object.msg ?? null }
}

/** Several values of one header are an array. */
const eventHeaders = (object: JsonObject, place: string): ReadonlyArray<readonly [string, string]> =>
  Object.entries(object).flatMap(([name, value]) => {
    const values = isArray(value) ? value : [value]
    return values.map((one) => {
      if (typeof one !== "string" && typeof one !== "number") throw new Malformed(`${place}.${name} must be a text`)
      return [name, String(one)] as const
    })
  })

const connectionAt = (object: JsonObject, place: string, otherwise: string): string => {
  const connection = orNull(textAt, object.conn, `${place}.conn`) ?? otherwise
  if (!isConnection(connection)) throw new Malformed(`${place}.conn must be cti:<user id> or cti:new`)
  return connection
}

/** Reads one step; throws `Malformed`. */
export const sendOf = (json: Json, place: string): Send => {
  const object = objectAt(json, place)
  const via = textAt(object.via, `${place}.via`)
  if (isConnection(via)) return clientBytes(via, object, place)
  switch (via) {
    case "close":
      onlyKeys(object, ["via", "conn", "note"], place)
      return { _tag: "Close", connection: connectionAt(object, place, "cti:new") }
    case "ami":
      onlyKeys(object, ["via", "msg", "note"], place)
      return { _tag: "AmiEvent", headers: eventHeaders(objectAt(object.msg, `${place}.msg`), `${place}.msg`) }
    case "state":
      onlyKeys(object, ["via", "set", "note"], place)
      return { _tag: "State", set: objectAt(object.set, `${place}.set`) }
    case "database":
      onlyKeys(object, ["via", "patch", "add", "remove", "note"], place)
      return {
        _tag: "Database",
        change: {
          patch: objectAt(object.patch ?? {}, `${place}.patch`),
          add: objectAt(object.add ?? {}, `${place}.add`),
          remove: objectAt(object.remove ?? {}, `${place}.remove`)
        }
      }
    case "webi":
    case "info":
      onlyKeys(object, ["via", "raw", "note"], place)
      return { _tag: "Port", port: via, text: textAt(object.raw, `${place}.raw`) }
    case "tls-client-hello":
      onlyKeys(object, ["via", "conn", "note"], place)
      return { _tag: "TlsHandshake", connection: connectionAt(object, place, "cti:new") }
    case "function": {
      const { via: _, name, ...input } = object
      return { _tag: "Function", name: textAt(name, `${place}.name`), input }
    }
    default:
      throw new Malformed(`${place}.via: this runner does not know \`${via}\``)
  }
}
