import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { LiveConfig } from "../config/live_config.ts"
import { settle } from "../memory_server_fixture.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import { declare, live, same, short, signInAs, withUser } from "./live_server_fixture.ts"
import { changeObject } from "./object_change.ts"

const bob = { list: "users", id: 2 } as const

const change = (...args: Parameters<typeof changeObject>) => Effect.tap(changeObject(...args), settle)

/** What the file says now, with these changes. */
const declared = (alter: (data: typeof sampleData) => typeof sampleData) =>
  Effect.map(LiveConfig, (config) => ({ ...config.declared(), directory: alter(config.declared().directory) }))

describe("changeObject", () => {
  it.effect("announces an edit once, with what is declared now, also where nothing is another", () =>
    live(
      {},
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        assert.isTrue(yield* change(bob, "edit", yield* declared(withUser(2, { fullName: "Robert" }))))
        const [message, ...rest] = alice.take() as ReadonlyArray<{ readonly config: object }>
        assert.deepStrictEqual(short([message ?? {}]), ["updateconfig users 2"])
        assert.deepInclude(message?.config, { fullname: "Robert" })
        assert.deepStrictEqual(rest, [])
        assert.isTrue(yield* change(bob, "edit"))
        assert.deepStrictEqual(short(alice.take()), ["updateconfig users 2"])
      })
    )
  )

  it.effect("tells what was declared for others in the same step as any reload does", () =>
    live(
      {},
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        const values = yield* declared((data) => withUser(3, { fullName: "Caroline" })(withUser(5, null)(data)))
        yield* change(bob, "edit", values)
        assert.sameMembers([...short(alice.take())], ["delconfig users 5", "updateconfig users 2", "updateconfig users 3"])
      })
    )
  )

  it.effect("tells an edit to those who may know of the object", () =>
    live(
      { settings: { contextSeparation: true } },
      Effect.gen(function* () {
        const [alice, carol] = [yield* signInAs("alice"), yield* signInAs("carol")]
        alice.take()
        yield* change(bob, "edit")
        assert.deepStrictEqual(short(alice.take()), ["updateconfig users 2"])
        assert.deepStrictEqual(carol.take(), [])
      })
    )
  )

  it.effect("announces what is added, unless a reload announced it already", () =>
    live(
      { data: withUser(2, null)(sampleData) },
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        const both = yield* declared(() => sampleData)
        assert.isTrue(yield* change(bob, "add", both))
        assert.deepStrictEqual(short(alice.take()), ["addconfig users 2"])
        assert.isTrue(yield* change(bob, "add", both))
        assert.deepStrictEqual(alice.take(), [])
      })
    )
  )

  it.effect("hides what is deleted, though it is declared, until everything is read anew", () =>
    live(
      {},
      Effect.gen(function* () {
        const [alice, him] = [yield* signInAs("alice"), yield* signInAs("bob")]
        alice.take()
        assert.isTrue(yield* change(bob, "delete"))
        assert.isTrue(him.ended())
        assert.deepStrictEqual(short(alice.take()), ["delconfig users 2"])
        assert.isFalse(yield* change(bob, "delete"))
        yield* change({ list: "users", id: 3 }, "edit", yield* declared(same))
        assert.deepStrictEqual(short(alice.take()), ["updateconfig users 3"])
        yield* declare(same)
        assert.deepStrictEqual(short(alice.take()), ["addconfig users 2"])
      })
    )
  )

  it.effect("shows a deleted object again when it is added, or edited", () =>
    live(
      {},
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        for (const again of ["add", "edit"] as const) {
          yield* change(bob, "delete")
          alice.take()
          assert.isTrue(yield* change(bob, again))
          assert.deepStrictEqual(short(alice.take()), ["addconfig users 2"])
        }
      })
    )
  )

  it.effect("says that there is no such object, and tells nobody", () =>
    live(
      {},
      Effect.gen(function* () {
        const alice = yield* signInAs("alice")
        for (const one of ["add", "edit", "delete"] as const) {
          assert.isFalse(yield* change({ list: "voicemails", id: 99 }, one))
        }
        assert.deepStrictEqual(alice.take(), [])
      })
    )
  )
})
