import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { onHangup } from "./hangup.ts"

describe("SIGHUP", () => {
  it.effect("is obeyed each time until the scope closes; a mistake of what it runs is logged", () => {
    const log: Array<string> = []
    const logger = Logger.make<unknown, void>(({ message }) => {
      log.push(String(message))
    })
    return Effect.gen(function* () {
      let runs = 0
      const before = process.listenerCount("SIGHUP")
      const effect = Effect.sync(() => {
        runs++
        if (runs === 1) throw new Error("a mistake, made on purpose")
      })
      const hangUp = Effect.sync(() => process.emit("SIGHUP", "SIGHUP")).pipe(Effect.andThen(Effect.yieldNow))
      yield* Effect.scoped(Effect.andThen(onHangup(effect), Effect.andThen(hangUp, hangUp)))
      assert.strictEqual(runs, 2)
      assert.deepStrictEqual(log, ["internal error"])
      assert.strictEqual(process.listenerCount("SIGHUP"), before)
    }).pipe(Effect.provide(Logger.layer([logger])))
  })
})
