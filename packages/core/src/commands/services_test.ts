/** Services of somebody with two lines, over the wire and a scripted PBX. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { DirectoryData } from "../directory/directory.ts"
import { settle } from "../memory_server_fixture.ts"
import { ask, live, signInAs, withUser } from "../reload/live_server_fixture.ts"
import { type Outcome, TelephonyError } from "../telephony/telephony.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import { ScriptedTelephony } from "../testdata/scripted_telephony.ts"

/** alice has a second line. */
const data: DirectoryData = {
  ...withUser(1, { lineIds: [10, 11] })(sampleData),
  lines: sampleData.lines.flatMap((line) =>
    line.id === 10 ? [line, { ...line, id: 11, name: "1011", number: "1011", device: "PJSIP/1011" }] : [line]
  )
}

const feature = (name: string, value: unknown) => ({ class: "featuresput", function: name, value })
const available = { class: "availstate", availstate: "available" }
const busyTo = (destbusy: string) => feature("fwd", { enablebusy: true, destbusy })
const refusal = new TelephonyError({ reason: "refused", operation: "dnd", message: "no" })

/** What a client heard of services, and what he is answered when he asks. */
const told = (client: { readonly take: () => ReadonlyArray<object> }): ReadonlyArray<unknown> =>
  (client.take() as ReadonlyArray<{ readonly function?: string; readonly config?: unknown }>).flatMap((message) =>
    message.function === "updateconfig" ? [message.config] : []
  )

/** alice is signed in, what happened until then is forgotten, and the PBX answers this when it is let. */
const start = (...asked: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const alice = yield* signInAs("alice")
    const { answers, told: operations } = yield* ScriptedTelephony
    const answer = yield* Deferred.make<Outcome, TelephonyError>()
    for (const one of asked) answers.set(one, Deferred.await(answer))
    operations.splice(0)
    alice.take()
    return { alice, answers, operations, release: Effect.andThen(Deferred.succeed(answer, "done"), settle) }
  })

describe("services of who has two lines", () => {
  it.effect("are asked for on both at once: an older request does not overtake a newer one", () =>
    live(
      { data },
      Effect.gen(function* () {
        const { alice, operations, release } = yield* start("dnd PJSIP/1001 on")
        yield* alice.say(feature("enablednd", true), available)
        yield* release
        const asked = operations.filter((one) => one.startsWith("dnd"))
        assert.deepStrictEqual(asked, ["dnd PJSIP/1001 on", "dnd PJSIP/1011 on", "dnd PJSIP/1001 off", "dnd PJSIP/1011 off"])
      })
    )
  )

  it.effect("a forward, too, and each of several", () =>
    live(
      { data },
      Effect.gen(function* () {
        const { alice, operations, release } = yield* start(
          "forward PJSIP/1001 unconditional on 1",
          "forward PJSIP/1001 busy on 1"
        )
        yield* alice.say(feature("fwd", { enableunc: true, destunc: "1", enablebusy: true, destbusy: "1" }), busyTo("2"))
        yield* release
        assert.deepStrictEqual(operations, [
          "forward PJSIP/1001 unconditional on 1",
          "forward PJSIP/1011 unconditional on 1",
          "forward PJSIP/1001 busy on 1",
          "forward PJSIP/1011 busy on 1",
          "forward PJSIP/1001 busy on 2",
          "forward PJSIP/1011 busy on 2"
        ])
      })
    )
  )

  it.effect("an older answer that comes late is not told, whether a client or a presence wanted it", () =>
    live(
      { data },
      Effect.gen(function* () {
        const { alice, release } = yield* start("dnd PJSIP/1001 on", "forward PJSIP/1001 busy on 1")
        yield* alice.say(feature("enablednd", true), available, busyTo("1"), busyTo("2"))
        assert.sameDeepMembers([...told(alice)], [{ enablednd: false }, { enablebusy: true, destbusy: "2" }])
        yield* release
        assert.deepStrictEqual(told(alice), [])
        yield* alice.say(ask.object("updateconfig", "users", "1"))
        assert.deepNestedInclude(told(alice)[0], { enablednd: 0, enablebusy: 1, destbusy: "2" })
      })
    )
  )

  for (const [who, on] of [
    ["a client", feature("enablednd", true)],
    ["a presence", { class: "availstate", availstate: "donotdisturb" }]
  ] as const) {
    it.effect(`what the main line has is told, whatever the other one says, when ${who} wanted it`, () =>
      live(
        { data },
        Effect.gen(function* () {
          const { alice, answers } = yield* start()
          answers.set("dnd PJSIP/1011 on", Effect.fail(refusal))
          yield* alice.say(on)
          assert.deepStrictEqual(told(alice), [{ enablednd: true }])
        })
      )
    )

    it.effect(`what the main line refuses is not told, whatever the other one says, when ${who} wanted it`, () =>
      live(
        { data },
        Effect.gen(function* () {
          const { alice, answers, operations } = yield* start()
          answers.set("dnd PJSIP/1001 on", Effect.fail(refusal))
          yield* alice.say(on)
          assert.deepStrictEqual(told(alice), [])
          assert.include(operations, "dnd PJSIP/1011 on")
        })
      )
    )
  }
})
