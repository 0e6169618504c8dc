/** Writes actions for Asterisk, or refuses what could be read as something else. */
import * as Data from "effect/Data"
import * as Result from "effect/Result"

/** Longest line that Asterisk reads, in bytes of UTF-8 without its end (measured: a longer one is refused without an ActionID). */
export const MAX_LINE_BYTES = 1022
/** Most headers that Asterisk reads in one action. */
export const MAX_ACTION_HEADERS = 128

/** The headers of an action in order: an array is a repeated header, undefined is left out. */
export type ActionHeaders = ReadonlyArray<readonly [name: string, value: string | number | ReadonlyArray<string> | undefined]>

/** The action was not sent. Never holds a value: it may be a secret. */
export class AmiEncodeError extends Data.TaggedError("AmiEncodeError")<{
  readonly reason: "bad_name" | "bad_value" | "line_too_long" | "too_many_headers"
  readonly header: string
  readonly message: string
}> {}

const NAME = /^[A-Za-z0-9_-]+$/
// CR, LF and NUL end a line for Asterisk, so they would begin another header
const LINE_END = /[\r\n\0]/

const utf8 = new TextEncoder()

const refuse = (reason: AmiEncodeError["reason"], header: string, message: string): Result.Result<never, AmiEncodeError> =>
  Result.fail(new AmiEncodeError({ reason, header, message }))

/** An action as bytes, with its empty line. */
export const encodeAction = (headers: ActionHeaders): Result.Result<Uint8Array<ArrayBuffer>, AmiEncodeError> => {
  let text = ""
  let lines = 0
  for (const [name, given] of headers) {
    if (!NAME.test(name)) {
      const shown = JSON.stringify(name.slice(0, 40))
      return refuse("bad_name", shown, `${shown} is no name of a header.`)
    }
    for (const item of typeof given === "object" ? given : given === undefined ? [] : [given]) {
      const value = String(item)
      if (LINE_END.test(value)) {
        return refuse("bad_value", name, `The value of ${name} holds a line end or NUL, which would begin another header.`)
      }
      const line = `${name}: ${value}`
      // a character takes at most three bytes for each unit of the string
      if (line.length * 3 > MAX_LINE_BYTES && utf8.encode(line).length > MAX_LINE_BYTES) {
        return refuse(
          "line_too_long",
          name,
          `The line of ${name} is longer than the ${MAX_LINE_BYTES} bytes that Asterisk reads.`
        )
      }
      if (++lines > MAX_ACTION_HEADERS) {
        return refuse("too_many_headers", name, `An action has at most ${MAX_ACTION_HEADERS} headers.`)
      }
      text += `${line}\r\n`
    }
  }
  return Result.succeed(utf8.encode(`${text}\r\n`))
}
