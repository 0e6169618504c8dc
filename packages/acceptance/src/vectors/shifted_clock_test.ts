import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { ShiftedClock } from "./shifted_clock.ts"

const on = <A>(clock: ShiftedClock, effect: Effect.Effect<A>): Promise<A> =>
  Effect.runPromise(Effect.provideService(effect, Clock.Clock, clock))

describe("a clock that can be moved on", () => {
  it("wakes those whose time has come, in order, and nobody else", async () => {
    const clock = new ShiftedClock()
    const woken: Array<string> = []
    const sleeper = (name: string, duration: string) =>
      Effect.andThen(
        Effect.sleep(duration as "1 hour"), // any duration text
        Effect.sync(() => woken.push(name))
      )
    await on(
      clock,
      Effect.gen(function* () {
        const late = yield* Effect.forkChild(sleeper("late", "3 hours"), { startImmediately: true })
        const second = yield* Effect.forkChild(sleeper("second", "2 hours"), { startImmediately: true })
        const first = yield* Effect.forkChild(sleeper("first", "1 hour"), { startImmediately: true })
        clock.advance(2 * 3_600_000)
        yield* Fiber.join(first)
        yield* Fiber.join(second)
        yield* Fiber.interrupt(late)
      })
    )
    assert.deepStrictEqual(woken, ["first", "second"])
  })

  it("tells the time that has passed", async () => {
    const clock = new ShiftedClock()
    const before = await on(clock, Clock.currentTimeMillis)
    clock.advance(60_000)
    const passed = (await on(clock, Clock.currentTimeMillis)) - before
    assert.isTrue(passed >= 60_000 && passed < 65_000, `${passed}`)
  })

  it("runs by itself too", async () => {
    const clock = new ShiftedClock()
    clock.advance(1_000)
    await on(clock, Effect.sleep("5 millis"))
  })
})
