/** What takes time takes as long when somebody sets the clock on the wall meanwhile. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { dial, settle, until } from "./memory_server_fixture.ts"
import { live, signInAs, told } from "./reload/live_server_fixture.ts"
import type { Outcome } from "./telephony/telephony.ts"
import { idlingData } from "./testdata/sample_directory.ts"
import { ScriptedTelephony } from "./testdata/scripted_telephony.ts"
import { withWallClock } from "./testdata/wall_clock.ts"

const wait = (millis: number) => Effect.andThen(TestClock.adjust(`${millis} millis`), settle)

for (const [direction, shift] of [
  ["forward", 3_600_000],
  ["back", -3_600_000]
] as const) {
  describe(`a wall clock that is set an hour ${direction}`, () => {
    it.effect("finds nobody idle sooner or later", () =>
      withWallClock((set) =>
        live(
          { data: idlingData },
          Effect.gen(function* () {
            const alice = yield* signInAs("alice")
            alice.take()
            set(shift)
            yield* wait(59_000)
            assert.deepStrictEqual(alice.take(), [])
            yield* wait(2_000)
            assert.deepStrictEqual(alice.take(), [told.presence("1", "away")])
          })
        )
      )
    )

    it.effect("leaves a client who has not signed in the time that he has", () =>
      withWallClock((set) =>
        live(
          { settings: { loginTimeout: 5_000 } },
          Effect.gen(function* () {
            const alice = yield* dial
            yield* wait(1_000)
            set(shift)
            yield* alice.say(
              { class: "login_id", userlogin: "alice", wazoversion: "2.3" },
              { class: "login_pass", password: "alice-word" }
            )
            yield* until(() => alice.heard.some((message) => "capalist" in message))
            yield* wait(3_999)
            assert.isFalse(alice.ended())
            yield* wait(1)
            assert.isTrue(alice.ended())
          })
        )
      )
    )

    it.effect("leaves the actions of a presence the time that they have", () =>
      withWallClock((set) =>
        live(
          {},
          Effect.gen(function* () {
            const alice = yield* signInAs("alice")
            const { answers } = yield* ScriptedTelephony
            const answer = yield* Deferred.make<Outcome>()
            answers.set("dnd PJSIP/1001 on", Deferred.await(answer))
            answers.set("pause", Effect.never)
            alice.take()
            yield* alice.say({ class: "availstate", availstate: "donotdisturb" })
            yield* wait(1_000)
            set(shift)
            yield* Deferred.succeed(answer, "done")
            yield* settle
            alice.take()
            yield* wait(999)
            assert.deepStrictEqual(alice.take(), [])
            yield* wait(1)
            assert.deepStrictEqual(alice.take(), [told.presence("1", "donotdisturb")])
          })
        )
      )
    )
  })
}
