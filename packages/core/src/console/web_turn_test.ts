import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { LiveValues } from "../config/live_config.ts"
import { defaultSettings } from "../config/settings.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import type { ObjectChange } from "./web_interface.ts"
import { type TurnCommand, type WebEffects, WebTurn } from "./web_turn.ts"

const values: LiveValues = { directory: sampleData, settings: defaultSettings }
const reload: TurnCommand = { _tag: "Reload" }
const members: TurnCommand = { _tag: "QueueMembers" }
const object = (change: ObjectChange, id: number): TurnCommand => ({ _tag: "Object", list: "queues", change, id })

/** A turn over effects that note what is done. */
const scripted = (changes: Partial<WebEffects> = {}) => {
  const told: Array<string> = []
  const note = (what: string) => Effect.sync(() => void told.push(what))
  const turn = new WebTurn({
    reload: Effect.as(note("reload"), true),
    read: Effect.as(note("read"), values),
    queueMembers: (declared) => note(`members ${declared === values}`),
    object: ({ list, id }, change, declared) =>
      Effect.as(note(`${change} ${list} ${id} ${declared === undefined ? "as read" : declared === values}`), id !== 404),
    ...changes
  })
  return { turn, told, note }
}

/** Asked for at the same time, in this order. */
const together = (turn: WebTurn, ...commands: ReadonlyArray<TurnCommand>) =>
  Effect.all(
    commands.map((command) => turn.perform(command)),
    { concurrency: "unbounded" }
  )

describe("what is said in one turn", () => {
  it.effect("is done together: the configuration, the members, then the objects, the last one first; read once", () =>
    Effect.gen(function* () {
      const { turn, told } = scripted()
      const answers = yield* together(turn, object("add", 1), members, object("edit", 404), object("delete", 3), members)
      assert.deepStrictEqual(told, [
        "read",
        "members true",
        "delete queues 3 as read",
        "edit queues 404 true",
        "add queues 1 true"
      ])
      assert.deepStrictEqual(answers, [null, null, "there is no 404 in queues", null, null])
    })
  )

  it.effect("reads nothing again after a reload, which is done once", () =>
    Effect.gen(function* () {
      const { turn, told } = scripted()
      assert.deepStrictEqual(yield* together(turn, object("edit", 1), reload, members, reload), [null, null, null, null])
      assert.deepStrictEqual(told, ["reload", "edit queues 1 as read"])
    })
  )

  it.effect("a deletion needs nothing to be read", () =>
    Effect.gen(function* () {
      const { turn, told } = scripted()
      assert.strictEqual(yield* turn.perform(object("delete", 3)), null)
      assert.deepStrictEqual(told, ["delete queues 3 as read"])
    })
  )

  it.effect("what is refused is done for nobody, but for deletions", () =>
    Effect.gen(function* () {
      const refusal = "the configuration was refused"
      const unreadable = scripted({ read: Effect.succeed(null) })
      assert.deepStrictEqual(yield* together(unreadable.turn, members, object("add", 1), object("delete", 2)), [
        refusal,
        refusal,
        null
      ])
      assert.deepStrictEqual(unreadable.told, ["delete queues 2 as read"])
      const refused = scripted({ reload: Effect.succeed(false) })
      assert.deepStrictEqual(yield* together(refused.turn, object("edit", 1), reload), [refusal, refusal])
      assert.deepStrictEqual(refused.told, [])
    })
  )

  it.effect("what is said meanwhile is a turn of its own", () =>
    Effect.gen(function* () {
      const released = yield* Deferred.make<void>()
      const { turn, told, note } = scripted({ reload: Effect.as(Deferred.await(released), true) })
      const first = yield* Effect.forkChild(turn.perform(reload), { startImmediately: true })
      yield* Effect.repeat(Effect.yieldNow, { times: 5 })
      const second = yield* Effect.forkChild(turn.perform(object("edit", 5)), { startImmediately: true })
      yield* Effect.repeat(Effect.yieldNow, { times: 5 })
      yield* note("released")
      yield* Deferred.succeed(released, undefined)
      assert.deepStrictEqual([yield* Fiber.join(first), yield* Fiber.join(second)], [null, null])
      assert.deepStrictEqual(told, ["released", "read", "edit queues 5 true"])
      yield* turn.perform(members)
      assert.deepStrictEqual(told.slice(3), ["read", "members true"])
    })
  )

  it.effect("a mistake in one is told to who asked for it, and the others are done", () =>
    Effect.gen(function* () {
      const { turn } = scripted({ queueMembers: () => Effect.die(new Error("a mistake")) })
      const exits = yield* Effect.all([Effect.exit(turn.perform(members)), Effect.exit(turn.perform(object("add", 1)))], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(exits.map(Exit.isSuccess), [false, true])
      assert.strictEqual(yield* turn.perform(object("add", 2)), null)
    })
  )

  it.effect("is done even if who asked does not wait", () =>
    Effect.gen(function* () {
      const { turn, told } = scripted()
      const fiber = yield* Effect.forkChild(turn.perform(reload), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      yield* turn.perform(object("delete", 1))
      assert.deepStrictEqual(told, ["reload", "delete queues 1 as read"])
    })
  )
})
