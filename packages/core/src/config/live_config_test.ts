import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { Directory, type DirectoryData } from "../directory/directory.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import { LiveConfig, type LiveValues, type ObjectName } from "./live_config.ts"
import { defaultSettings, Settings } from "./settings.ts"

const first: LiveValues = { directory: sampleData, settings: defaultSettings }
const separated = { ...defaultSettings, contextSeparation: true }
const withoutUser = (id: number): DirectoryData => ({ ...sampleData, users: sampleData.users.filter((user) => user.id !== id) })

const run = <A, E>(test: Effect.Effect<A, E, LiveConfig | Directory | Settings>) =>
  Effect.provide(test, LiveConfig.layer(first))

/** Which of the two changed, as it is told, and what both doors said in that moment. */
const watch = Effect.gen(function* () {
  const [directory, settings] = [yield* Directory, yield* Settings]
  const told: Array<string> = []
  const see = (what: string) => () =>
    Effect.sync(() => {
      told.push(`${what}: ${directory.current().users.size} users, separation ${settings.current().contextSeparation}`)
    })
  yield* Effect.forkChild(Stream.runForEach(directory.changes, see("directory")), { startImmediately: true })
  yield* Effect.forkChild(Stream.runForEach(settings.changes, see("settings")), { startImmediately: true })
  return told
})
/** Until those who watch have heard. */
const settle = Effect.repeat(Effect.yieldNow, { times: 20 })

const alice: ObjectName = { list: "users", id: 1 }

describe("LiveConfig", () => {
  it.effect("changes both doors in one step: nobody sees the one without the other", () =>
    run(
      Effect.gen(function* () {
        const told = yield* watch
        yield* (yield* LiveConfig).replace({ directory: withoutUser(1), settings: separated })
        yield* settle
        assert.sameMembers(told, ["directory: 6 users, separation true", "settings: 6 users, separation true"])
      })
    )
  )

  it.effect("tells of the door that changed alone, and of none when everything is declared again", () =>
    run(
      Effect.gen(function* () {
        const live = yield* LiveConfig
        const directory = yield* Directory
        const told = yield* watch
        const before = directory.current()
        yield* live.replace({ directory: { ...sampleData, users: [...sampleData.users] }, settings: { ...defaultSettings } })
        yield* settle
        assert.deepStrictEqual(told, [])
        assert.strictEqual(directory.current(), before)
        yield* live.replace({ ...first, settings: separated })
        yield* settle
        assert.deepStrictEqual(told, ["settings: 7 users, separation true"])
        yield* live.replace({ directory: withoutUser(2), settings: separated })
        yield* settle
        assert.deepStrictEqual(told.slice(1), ["directory: 6 users, separation true"])
      })
    )
  )

  it.effect("hides one object and shows it again, and says whether there was anything to hide or to show", () =>
    run(
      Effect.gen(function* () {
        const live = yield* LiveConfig
        const directory = yield* Directory
        assert.isTrue(yield* live.setObject(alice, { state: "hidden" }))
        assert.isFalse(directory.current().users.has(1))
        assert.isFalse(yield* live.setObject(alice, { state: "hidden" }))
        assert.isTrue(yield* live.setObject(alice, { state: "shown" }))
        assert.isTrue(directory.current().users.has(1))
        assert.isFalse(yield* live.setObject({ list: "users", id: 99 }, { state: "shown" }))
        assert.isFalse(yield* live.setObject({ list: "users", id: 99 }, { state: "hidden" }))
      })
    )
  )

  it.effect("hides in the list that is meant and in no other", () =>
    run(
      Effect.gen(function* () {
        const live = yield* LiveConfig
        const directory = yield* Directory
        const sizes = () => {
          const { users, lines, agents, queues, voicemails } = directory.current()
          return [users.size, lines.size, agents.size, queues.size, voicemails.size]
        }
        // each has an object with this id, in one order or another
        const before = sizes()
        for (const [at, object] of (
          [
            { list: "users", id: 7 },
            { list: "phones", id: 10 },
            { list: "agents", id: 7 },
            { list: "queues", id: 5 },
            { list: "voicemails", id: 3 }
          ] as const
        ).entries()) {
          assert.isTrue(yield* live.setObject(object, { state: "hidden" }))
          assert.deepStrictEqual(
            sizes(),
            before.map((size, place) => (place === at ? size - 1 : size))
          )
          yield* live.setObject(object, { state: "shown" })
        }
      })
    )
  )

  it.effect("keeps what is hidden out of what is declared for another object, until everything is declared anew", () =>
    run(
      Effect.gen(function* () {
        const live = yield* LiveConfig
        const directory = yield* Directory
        yield* live.setObject(alice, { state: "hidden" })
        const renamed = {
          ...sampleData,
          users: sampleData.users.map((user) => (user.id === 2 ? { ...user, fullName: "Robert" } : user))
        }
        yield* live.setObject({ list: "users", id: 2 }, { state: "shown", values: { ...first, directory: renamed } })
        assert.strictEqual(directory.current().users.get(2)?.fullName, "Robert")
        assert.isFalse(directory.current().users.has(1))
        assert.strictEqual(live.declared().directory, renamed)
        yield* live.replace(first)
        assert.deepStrictEqual([...directory.current().users.keys()], [1, 2, 3, 4, 5, 6, 7])
        assert.strictEqual(directory.current().users.get(2)?.fullName, "bob")
      })
    )
  )

  it.effect("remembers nothing of an object that there is not: whoever hides all numbers there are fills no memory", () =>
    run(
      Effect.gen(function* () {
        const live = yield* LiveConfig
        const directory = yield* Directory
        assert.isFalse(yield* live.setObject({ list: "users", id: 99 }, { state: "hidden" }))
        const [one] = sampleData.users
        const more = {
          ...sampleData,
          users: [...sampleData.users, ...(one === undefined ? [] : [{ ...one, id: 99, login: "zoe" }])]
        }
        yield* live.setObject(alice, { state: "shown", values: { ...first, directory: more } })
        assert.isTrue(directory.current().users.has(99))
      })
    )
  )

  it.effect("tells nobody of an object that is hidden and declared otherwise meanwhile", () =>
    run(
      Effect.gen(function* () {
        const live = yield* LiveConfig
        yield* live.setObject(alice, { state: "hidden" })
        const told = yield* watch
        yield* live.setObject({ list: "users", id: 99 }, { state: "hidden", values: { ...first, directory: withoutUser(1) } })
        yield* settle
        assert.deepStrictEqual(told, [])
        assert.isFalse(yield* live.setObject(alice, { state: "shown" }))
      })
    )
  )

  it.effect("stops telling whoever does not watch any more", () =>
    run(
      Effect.gen(function* () {
        const live = yield* LiveConfig
        const settings = yield* Settings
        const one = yield* Effect.forkChild(Stream.runCollect(Stream.take(settings.changes, 1)), { startImmediately: true })
        yield* live.replace({ ...first, settings: separated })
        assert.deepStrictEqual(yield* Fiber.join(one), [separated])
      })
    )
  )
})
