import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { dial, scenario, settle, signIn } from "../memory_server_fixture.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import { type CtiEvent, CtiEvents } from "./cti_events.ts"

const [alice, bob] = sampleData.users
const uuidOf = (user: typeof alice): string => user?.uuid ?? ""
const server42 = sampleData.serverUuid

/** What is published while `run` runs. */
const heard = Effect.fnUntraced(function* <E, R>(run: Effect.Effect<void, E, R>) {
  const events: Array<CtiEvent> = []
  const { stream } = yield* CtiEvents
  const reading = yield* Effect.forkChild(
    Stream.runForEach(stream, (event) => Effect.sync(() => events.push(event))),
    { startImmediately: true }
  )
  yield* settle
  yield* run
  yield* settle
  yield* Fiber.interrupt(reading)
  return events
})

const chat = (to: readonly [string, string], more: object = {}) => ({
  class: "chitchat",
  to,
  alias: "A",
  text: "hello",
  ...more
})

describe("the server's events", () => {
  it.effect("tell of presences, and of nothing when nothing happens", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const events = yield* heard(
          Effect.gen(function* () {
            const client = yield* signIn("alice")
            yield* client.say({ class: "availstate", availstate: "away" })
            yield* client.say({ class: "availstate", availstate: "no such presence" })
          })
        )
        assert.deepStrictEqual(events, [
          { _tag: "UserStatus", userId: 1, userUuid: uuidOf(alice), status: "available" },
          { _tag: "UserStatus", userId: 1, userUuid: uuidOf(alice), status: "away" }
        ])
      })
    )
  )

  it.effect("tell of forms, by their own names, and of nothing else that a client put in", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const client = yield* signIn("alice")
        const variables = { XIVOFORM_note: "ok", XIVOFORM_: 1, other: "x" }
        const events = yield* heard(client.say({ class: "call_form_result", infos: { buttonname: "save", variables } }))
        assert.deepStrictEqual(events, [{ _tag: "CallFormResult", userId: 1, variables: { note: "ok", "": 1 } }])
      })
    )
  )

  it.effect("a reader who does not read is told that he lost some, and another one loses none", () =>
    Effect.gen(function* () {
      const { stream, publish, hasReaders } = yield* CtiEvents
      const gate = Deferred.makeUnsafe<void>()
      let quick = 0
      let slow = 0
      const count = Effect.sync(() => quick++)
      const countSlowly = Effect.andThen(
        Deferred.await(gate),
        Effect.sync(() => slow++)
      )
      const first = yield* Effect.forkChild(
        Stream.runForEach(stream, () => count),
        { startImmediately: true }
      )
      const second = yield* Effect.forkChild(Effect.flip(Stream.runForEach(stream, () => countSlowly)), {
        startImmediately: true
      })
      yield* Effect.repeat(Effect.yieldNow, { until: hasReaders, times: 1_000 })
      for (let round = 1; round <= 40; round++) {
        for (let index = 0; index < 1_000; index++) publish({ _tag: "AgentStatus", agentId: 1, status: "logged_in" })
        yield* Effect.repeat(Effect.yieldNow, { until: () => quick === round * 1_000, times: 10_000 })
      }
      Deferred.doneUnsafe(gate, Effect.void)
      assert.strictEqual((yield* Fiber.join(second))._tag, "EventsLost")
      assert.strictEqual(quick, 40_000)
      assert.isBelow(slow, 40_000)
      yield* Fiber.interrupt(first)
      assert.isFalse(hasReaders())
    }).pipe(Effect.provide(CtiEvents.layer))
  )
})

describe("chat", () => {
  it.effect("reaches every client of the recipient, nobody else, and is told as an event", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const [from, one, other] = [yield* signIn("alice"), yield* signIn("bob"), yield* signIn("bob")]
        for (const client of [from, one, other]) client.take()
        const address = [server42, uuidOf(bob)] as const
        const events = yield* heard(from.say(chat(address)))
        const message = { class: "chitchat", from: [server42, uuidOf(alice)], to: address, alias: "A", text: "hello" }
        assert.deepStrictEqual(from.take(), [])
        assert.deepStrictEqual([one.take(), other.take()], [[message], [message]])
        assert.deepStrictEqual(events, [
          { _tag: "Chat", from: [server42, uuidOf(alice)], to: address, alias: "A", text: "hello" }
        ])
      })
    )
  )

  it.effect("does not cross from one company to another, and goes to nobody who is unknown", () =>
    scenario(
      { contextSeparation: true },
      Effect.gen(function* () {
        const [from, stranger] = [yield* signIn("alice"), yield* signIn("carol")]
        stranger.take()
        const carol = sampleData.users.find(({ login }) => login === "carol")
        yield* from.say(
          chat([server42, uuidOf(carol)]),
          chat(["00000000-0000-4000-8000-000000000000", uuidOf(bob)]),
          chat([server42, "00000000-0000-4000-8000-000000000000"]),
          chat(["x", "y"])
        )
        assert.deepStrictEqual(stranger.take(), [])
        const late = yield* dial
        yield* late.say(chat([server42, uuidOf(bob)]))
        assert.deepStrictEqual(late.take(), [])
      })
    )
  )
})
