import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { makeLogger } from "./log.ts"

const logged = (format: "pretty" | "json", effect: Effect.Effect<void>, colored = false) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = makeLogger(format, { colored, write: (line) => lines.push(line) })
    yield* effect.pipe(Effect.provide(Logger.layer([logger])))
    return lines
  })

const login = Effect.logInfo("login").pipe(Effect.annotateLogs({ user: "alice", peer: "127.0.0.1:4711", sessions: 2 }))

describe("the log", () => {
  it.effect("is one line per entry for people", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* logged("pretty", login), [
        "1970-01-01T00:00:00.000Z INFO  login user=alice peer=127.0.0.1:4711 sessions=2\n"
      ])
    })
  )

  it.effect("is one JSON object per line for programs, whatever the annotations are called", () =>
    Effect.gen(function* () {
      const [line] = yield* logged("json", login.pipe(Effect.annotateLogs({ message: "mine", level: "mine" })))
      assert.deepStrictEqual(JSON.parse(line ?? ""), {
        time: "1970-01-01T00:00:00.000Z",
        level: "info",
        message: "login",
        user: "alice",
        peer: "127.0.0.1:4711",
        sessions: 2
      })
    })
  )

  it.effect("does not let what a peer sent begin a line or move the cursor", () =>
    Effect.gen(function* () {
      const hostile = "x\r\n1970 INFO login user=root\u001b[2J\u0085\u2028\u009b31m\u202egnihtemos"
      for (const format of ["pretty", "json"] as const) {
        const [line = ""] = yield* logged(format, Effect.logInfo(hostile).pipe(Effect.annotateLogs({ user: hostile })))
        assert.notMatch(line.slice(0, -1), /[\p{Cc}\u2028\u2029\u202e]/u)
        assert.isTrue(line.endsWith("\n"))
      }
    })
  )

  it.effect("cuts what is too long, and says how long it was", () =>
    Effect.gen(function* () {
      const long = "x".repeat(100_000)
      const entry = Effect.logInfo(long).pipe(Effect.annotateLogs({ user: long, nested: { long }, peer: "127.0.0.1:4711" }))
      for (const format of ["pretty", "json"] as const) {
        const [line = ""] = yield* logged(format, entry)
        assert.isBelow(line.length, 7_000)
        assert.include(line, "x... (100000 characters)")
        assert.include(line, "127.0.0.1:4711")
      }
    })
  )

  it.effect("hides secrets, also inside values", () =>
    Effect.gen(function* () {
      const secret = Redacted.make("hunter2")
      const entry = Effect.logInfo("x").pipe(Effect.annotateLogs({ secret, nested: { secret } }))
      const lines = [...(yield* logged("pretty", entry)), ...(yield* logged("json", entry))]
      assert.lengthOf(lines, 2)
      assert.notInclude(lines.join(""), "hunter2")
    })
  )

  it.effect("writes a cause on the same line", () =>
    Effect.gen(function* () {
      const failing = Effect.fail(new Error("broken")).pipe(Effect.catchCause((cause) => Effect.logError("failed", cause)))
      const lines = yield* logged("pretty", failing)
      assert.lengthOf(lines, 1)
      assert.match(lines[0] ?? "", /^\S+ ERROR failed cause="Error: broken.*"\n$/)
    })
  )

  it.effect("colours the level on a terminal", () =>
    Effect.gen(function* () {
      assert.include((yield* logged("pretty", login, true))[0] ?? "", "\u001b[32mINFO \u001b[0m")
    })
  )
})
