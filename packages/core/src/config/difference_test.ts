import { directories } from "@ctid/testing/arbitraries/directory"
import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import fc from "fast-check"
import { sampleData } from "../testdata/sample_directory.ts"
import { decodeConfig, positionIn } from "./ctid_config.ts"
import {
  configDifference,
  declaredMembers,
  describeDifference,
  directoryDifference,
  isSameDirectory,
  type ObjectChanges
} from "./difference.ts"
import { sameValue } from "./same_value.ts"

const byId = <A extends { readonly id: number }>(items: ReadonlyArray<A>): Map<number, A> =>
  new Map(items.map((item) => [item.id, item]))
const byName = <A extends { readonly name: string }>(items: ReadonlyArray<A>): Map<string, A> =>
  new Map(items.map((item) => [item.name, item]))

/** What was there before, with the changes made. */
const applied = <K, A>(before: ReadonlyMap<K, A>, { added, changed, removed }: ObjectChanges<K, A>): ReadonlyMap<K, A> => {
  const after = new Map([...before, ...added, ...changed])
  for (const key of removed) after.delete(key)
  return after
}

/** As many changes as they say, of the kind they say, and none but those. */
const agrees = <K, A>(before: ReadonlyMap<K, A>, after: ReadonlyMap<K, A>, changes: ObjectChanges<K, A>): void => {
  const sorted = (items: ReadonlyMap<K, A>): ReadonlyArray<readonly [K, A]> =>
    [...items].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
  assert.deepStrictEqual(sorted(applied(before, changes)), sorted(after))
  for (const key of changes.added.keys()) assert.isFalse(before.has(key))
  for (const [key, item] of changes.changed) assert.isFalse(sameValue(before.get(key), item))
  for (const key of changes.removed) assert.isTrue(before.has(key) && !after.has(key))
}

describe("directoryDifference", () => {
  it("makes the one directory of the other, and names nothing that is the same", () => {
    fc.assert(
      fc.property(directories(), directories(), (before, after) => {
        const { lists, profiles, presenceGroups, hintGroups } = directoryDifference(before, after)
        agrees(byId(before.users), byId(after.users), lists.users)
        agrees(byId(before.lines), byId(after.lines), lists.phones)
        agrees(byId(before.agents), byId(after.agents), lists.agents)
        agrees(byId(before.queues), byId(after.queues), lists.queues)
        agrees(byId(before.voicemails), byId(after.voicemails), lists.voicemails)
        agrees(declaredMembers(before), declaredMembers(after), lists.queuemembers)
        agrees(byId(before.profiles), byId(after.profiles), profiles)
        agrees(byName(before.presenceGroups), byName(after.presenceGroups), presenceGroups)
        agrees(before.hintGroups, after.hintGroups, hintGroups)
      })
    )
  })

  it("does not look at the order in which objects are declared", () => {
    fc.assert(
      fc.property(directories(), (before) => {
        const after = {
          ...before,
          users: before.users.toReversed(),
          lines: before.lines.toReversed(),
          agents: before.agents.toReversed(),
          queues: before.queues.toReversed(),
          presenceGroups: before.presenceGroups.toReversed()
        }
        const difference = directoryDifference(before, after)
        assert.isTrue(isSameDirectory(difference))
        assert.strictEqual(describeDifference(difference), "")
      })
    )
  })

  it("looks at the order of a user's lines, whose first is his main line", () => {
    const [alice, ...others] = sampleData.users
    if (alice === undefined) return assert.fail()
    const withLines = (lineIds: ReadonlyArray<number>) => ({ ...sampleData, users: [{ ...alice, lineIds }, ...others] })
    const { changed } = directoryDifference(withLines([10, 20]), withLines([20, 10])).lists.users
    assert.deepStrictEqual([...changed.keys()], [1])
  })

  it("is told in a line that a person can read", () => {
    const [, ...users] = sampleData.users
    const after = { ...sampleData, users, queues: sampleData.queues.slice(1), profiles: [] }
    const difference = directoryDifference(sampleData, after)
    assert.strictEqual(
      describeDifference(difference),
      "users +0 ~0 -1, queues +0 ~0 -1, queuemembers +0 ~0 -1, profiles +0 ~0 -1"
    )
    assert.isFalse(isSameDirectory(difference))
  })

  it("is something when only the server's uuid is another", () => {
    const serverUuid = "00000000-0000-4000-8000-000000000001"
    const difference = directoryDifference(sampleData, { ...sampleData, serverUuid })
    assert.strictEqual(difference.serverUuid, serverUuid)
    assert.isFalse(isSameDirectory(difference))
  })
})

const written = {
  ami: { password: "hunter2" },
  users: [{ id: 1, login: "alice", plain_password: "word", lines: [11] }],
  lines: [{ id: 11, number: 1001 }]
}
const decode = (data: object) => decodeConfig(data, positionIn("ctid.yml")).pipe(Effect.provide(Digest.layerWebCrypto))

describe("configDifference", () => {
  it.effect("is nothing between two readings of one file", () =>
    Effect.gen(function* () {
      const { directory, ...rest } = configDifference(yield* decode(written), yield* decode(written))
      assert.isTrue(isSameDirectory(directory))
      assert.deepStrictEqual(rest, { settings: [], listeners: [], tls: false, link: false, passwords: false, log: false })
    })
  )

  it.effect("names each part that is another, and no other part", () =>
    Effect.gen(function* () {
      const before = yield* decode(written)
      const same = { settings: [], listeners: [], tls: false, link: false, passwords: false, log: false }
      for (const [change, expected] of [
        [{ server: { context_separation: true } }, { ...same, settings: ["contextSeparation"] }],
        [{ limits: { connections: 5 } }, { ...same, settings: ["limits"] }],
        [{ listeners: { cti: { port: 5999 } } }, { ...same, listeners: ["cti"] }],
        [{ tls: { handshake_timeout: 1 } }, { ...same, tls: true }],
        [{ ami: { password: "hunter3" } }, { ...same, link: true }],
        [{ telephony: { poll_interval: 30 } }, { ...same, link: true }],
        [{ passwords: { passes: 5 } }, { ...same, passwords: true }],
        [{ log: { level: "debug" } }, { ...same, log: true }]
      ] as const) {
        const { directory, ...rest } = configDifference(before, yield* decode({ ...written, ...change }))
        assert.deepStrictEqual(rest, expected)
        assert.isTrue(isSameDirectory(directory))
      }
    })
  )
})
