import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import fc from "fast-check"
import { type ActionRequest, encodePacket, makeActionReader } from "./ami_packet.ts"
import { converseAs } from "./conversation.ts"
import { SimulatedAsterisk } from "./simulated_asterisk.ts"

const encoder = new TextEncoder()

const read = (...chunks: ReadonlyArray<Uint8Array>): ReadonlyArray<ActionRequest> => {
  const actions: Array<ActionRequest> = []
  const reader = makeActionReader((action) => actions.push(action))
  for (const chunk of chunks) reader.push(chunk)
  return actions
}

describe("reading actions", () => {
  it("finds the same actions however the bytes are cut", () => {
    const header = fc.tuple(fc.stringMatching(/^[A-Za-z]{1,8}$/), fc.stringMatching(/^[^\r\n\0]{0,40}$/))
    const packets = fc.array(fc.array(header, { minLength: 1, maxLength: 5 }), { maxLength: 5 })
    fc.assert(
      fc.property(packets, fc.array(fc.nat(200)), (wanted, cuts) => {
        const bytes = encoder.encode(wanted.map(encodePacket).join(""))
        const at = [...new Set([0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length])].sort((a, b) => a - b)
        const chunks = at.slice(1).map((end, index) => bytes.slice(at[index], end))
        const expected = wanted.map((headers) => headers.map(([name, value]) => [name, value.replace(/^[ \t]+/, "")]))
        assert.deepStrictEqual(
          read(...chunks).map((action) => action.headers),
          expected as unknown as ReadonlyArray<ActionRequest["headers"]> // the tuples of fast-check are mutable
        )
      })
    )
  })

  it("takes names in any case, no blank after the colon, LF alone, and keeps trailing blanks", () => {
    const [action] = read(encoder.encode("ACTION:ping\nactionid:   t  \n\n"))
    assert.strictEqual(action?.get("Action"), "ping")
    assert.strictEqual(action?.get("ActionID"), "t  ")
    assert.strictEqual(action?.get("Nothing"), "")
  })

  it("ends a line at a NUL and ignores empty lines between actions", () => {
    const actions = read(encoder.encode("\r\n\r\nAction: Ping\0rest\r\n\r\n\r\n"))
    assert.deepStrictEqual(
      actions.map((action) => action.headers),
      [[["Action", "Ping"]]]
    )
  })
})

describe("what Asterisk refuses to read", () => {
  const ping = (extra: string): Effect.Effect<string> =>
    Effect.map(SimulatedAsterisk.make(), (asterisk) =>
      converseAs(asterisk, "cti", "cti-secret").say(`Action: Ping\nActionID: a\n${extra}`)
    )

  it.effect("a line of 1022 bytes is taken, a longer one refused without an ActionID", () =>
    Effect.gen(function* () {
      assert.include(yield* ping(`X: ${"x".repeat(1019)}`), "Response: Success\nActionID: a")
      assert.strictEqual(
        yield* ping(`X: ${"x".repeat(1020)}`),
        "Response: Error\nMessage: Failed to parse message: line too long\n\n"
      )
    })
  )

  it.effect("128 headers are taken, more are refused", () =>
    Effect.gen(function* () {
      const headers = (count: number): string => Array.from({ length: count }, (_, index) => `H${index}: v`).join("\n")
      assert.include(yield* ping(headers(126)), "Pong")
      assert.strictEqual(
        yield* ping(headers(127)),
        "Response: Error\nActionID: a\nMessage: Too many lines in message or allocation failure\n\n"
      )
    })
  )

  it.effect("nothing keeps a line feed in a value from being a header or an action of its own", () =>
    Effect.gen(function* () {
      const asterisk = yield* SimulatedAsterisk.make()
      const ami = converseAs(asterisk, "cti", "cti-secret")
      const answer = ami.raw(
        "Action: DBPut\r\nFamily: a\r\nKey: b\r\nVal: v\n\nAction: DBPut\nFamily: a\nKey: evil\nVal: 1\r\n\r\n"
      )
      assert.lengthOf(answer.match(/Updated database successfully/g) ?? [], 2)
      assert.strictEqual(asterisk.astDb("a", "evil"), "1")
    })
  )
})
