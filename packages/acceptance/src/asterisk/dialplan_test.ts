/** The dialplan of docs/asterisk.md, as it stands there, on a real Asterisk. */
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Asterisk } from "./asterisk.ts"
import { eventually } from "./eventually.ts"

layer(Asterisk.layer("dialplan"), { excludeTestServices: true, timeout: "5 minutes" })("the documented dialplan", (it) => {
  /** Phones with a channel in a call. */
  const inCall = Effect.fnUntraced(function* () {
    const lines = yield* (yield* Asterisk).channels
    return [...new Set(lines.flatMap((line) => /^(?:PJSIP|Local)\/(\d{4})(?:-|@phones)/.exec(line)?.[1] ?? []))].sort()
  })

  /** Each test leaves Asterisk as it found it. */
  const afterwards = Effect.fnUntraced(function* () {
    const asterisk = yield* Asterisk
    yield* asterisk.hangUp
    for (const family of ["DND", "CF", "CFB", "CFU", "phone"]) {
      for (const key of Object.keys(yield* asterisk.database(family))) yield* asterisk.console(`database del ${family} ${key}`)
    }
  })

  const scenario = <E>(name: string, run: (asterisk: Asterisk["Service"]) => Effect.Effect<void, E, Asterisk>) =>
    it.effect(name, () => Effect.ensuring(Effect.flatMap(Asterisk, run), Effect.orDie(afterwards())))

  scenario("a call rings the phone of the extension", (asterisk) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* asterisk.call("1001"), "answered")
      assert.deepStrictEqual(yield* inCall(), ["1001"])
    })
  )

  scenario("a phone that is not to be disturbed is busy and does not ring", (asterisk) =>
    Effect.gen(function* () {
      yield* asterisk.console("database put DND 1001 YES")
      assert.strictEqual(yield* asterisk.call("1001"), "busy")
      assert.deepStrictEqual(yield* inCall(), [])
    })
  )

  scenario("a forwarded call rings the destination instead, do not disturb or not", (asterisk) =>
    Effect.gen(function* () {
      yield* asterisk.console("database put CF 1001 1003")
      assert.strictEqual(yield* asterisk.call("1001"), "answered")
      assert.deepStrictEqual(yield* inCall(), ["1003"])
      yield* asterisk.hangUp
      yield* asterisk.console("database put DND 1001 YES")
      assert.strictEqual(yield* asterisk.call("1001"), "answered")
      assert.deepStrictEqual(yield* inCall(), ["1003"])
    })
  )

  scenario("a forward on busy takes the calls of a busy phone and of one that is not to be disturbed", (asterisk) =>
    Effect.gen(function* () {
      yield* asterisk.console("database put CFB 1001 1002")
      assert.strictEqual(yield* asterisk.call("1001"), "answered")
      assert.deepStrictEqual(yield* inCall(), ["1001"])
      yield* asterisk.hangUp
      yield* asterisk.phone("1001", "busy")
      assert.strictEqual(yield* asterisk.call("1001"), "answered")
      assert.deepStrictEqual(yield* inCall(), ["1002"])
      yield* asterisk.hangUp
      yield* asterisk.phone("1001", "at once")
      yield* asterisk.console("database put DND 1001 YES")
      assert.strictEqual(yield* asterisk.call("1001"), "answered")
      assert.deepStrictEqual(yield* inCall(), ["1002"])
    })
  )

  scenario("a forward on no answer takes a call that nobody answers", (asterisk) =>
    Effect.gen(function* () {
      yield* asterisk.console("database put CFU 1002 1001")
      yield* asterisk.phone("1002", "never")
      assert.strictEqual(yield* asterisk.call("1002"), "answered")
      assert.deepStrictEqual(yield* inCall(), ["1001"])
    })
  )

  scenario("phones forwarded to each other end the call", (asterisk) =>
    Effect.gen(function* () {
      yield* asterisk.console("database put CF 1001 1003")
      yield* asterisk.console("database put CF 1003 1001")
      assert.strictEqual(yield* asterisk.call("1001"), "failed")
      yield* eventually("the call is gone", asterisk.channels, (lines) => lines.length === 0)
    })
  )

  scenario(
    "a forward reaches neither an extension that does not exist, nor a feature code, nor the other company",
    (asterisk) =>
      Effect.gen(function* () {
        for (const destination of ["1999", "*78", "2001"]) {
          yield* asterisk.console(`database put CF 1001 ${destination}`)
          assert.strictEqual(yield* asterisk.call("1001"), "failed", destination)
        }
        assert.deepStrictEqual(yield* asterisk.database("DND"), {})
      })
  )

  scenario("*78 and *79 switch do not disturb of the phone they are dialled at, and its lamp", (asterisk) =>
    Effect.gen(function* () {
      const lamp = asterisk.console("core show hint *761001")
      yield* asterisk.press("1001", "*78")
      assert.deepStrictEqual(yield* asterisk.database("DND"), { "1001": "YES" })
      assert.include(yield* asterisk.console("devstate list"), "Name: 'Custom:DND1001'  State: 'BUSY'")
      assert.strictEqual(yield* asterisk.call("1001"), "busy")
      yield* asterisk.press("1001", "*79")
      assert.deepStrictEqual(yield* asterisk.database("DND"), {})
      assert.include(yield* asterisk.console("devstate list"), "Name: 'Custom:DND1001'  State: 'NOT_INUSE'")
      assert.strictEqual(yield* asterisk.call("1001"), "answered")
      assert.notInclude(yield* lamp, "State:Busy")
    })
  )

  scenario("*72, *90 and *52 with a number set the three forwards, *73, *91 and *53 end them", (asterisk) =>
    Effect.gen(function* () {
      for (const [family, on, off] of [
        ["CF", "*72", "*73"],
        ["CFB", "*90", "*91"],
        ["CFU", "*52", "*53"]
      ] as const) {
        yield* asterisk.press("1002", `${on}1003`)
        assert.deepStrictEqual(yield* asterisk.database(family), { "1002": "1003" })
        yield* asterisk.press("1002", off)
        assert.deepStrictEqual(yield* asterisk.database(family), {})
      }
      assert.include(yield* asterisk.console("devstate list"), "Name: 'Custom:CF1002'  State: 'NOT_INUSE'")
    })
  )

  scenario("a feature code changes nothing for a caller whose number is none", (asterisk) =>
    Effect.gen(function* () {
      for (const number of ["../CF/1002", "10/01"]) yield* asterisk.press("1001", "*78", number)
      assert.deepStrictEqual(yield* asterisk.database("DND"), {})
      assert.deepStrictEqual(yield* asterisk.database("CF"), {})
    })
  )
})
