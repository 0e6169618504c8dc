import { directories } from "@ctid/testing/arbitraries/directory"
import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { type DirectoryData, type DirectorySnapshot, snapshotOf } from "../directory/directory.ts"
import { audienceOf, contextOf, visible } from "../parting/parting.ts"
import { LIST_NAMES } from "../protocol/client_command.ts"
import { listedIds } from "../protocol/list_objects.ts"
import { TelephonyState } from "../telephony/telephony_state.ts"
import { sampleDirectory } from "../testdata/sample_directory.ts"
import { type Configs, configChanges, configsOf, otherConfigs, sightChanges } from "./list_changes.ts"
import { short, told } from "./live_server_fixture.ts"
import { Sight } from "./sight.ts"

const contexts = fc.constantFrom("a", "b", "c", null)
const stateOf = (directory: DirectorySnapshot): TelephonyState => new TelephonyState(() => directory, 0)
const sightOf = (data: DirectoryData, separation: boolean): Sight => {
  const directory = snapshotOf(data)
  return new Sight(directory, stateOf(directory), separation)
}

describe("Sight", () => {
  it("has in each list what the rule of visibility shows to somebody of a context, and nothing else", () => {
    fc.assert(
      fc.property(directories(), fc.boolean(), contexts, (data, separation, context) => {
        const directory = snapshotOf(data)
        const sight = sightOf(data, separation)
        for (const list of LIST_NAMES) {
          const shown = listedIds(directory, stateOf(directory), list).filter((id) =>
            visible(separation, context, contextOf(directory, list, id))
          )
          assert.deepStrictEqual([...sight.ids(list, audienceOf(separation, context))], shown)
        }
      })
    )
  })

  it("stays as it was taken, whatever changes", () => {
    const state = stateOf(sampleDirectory)
    const sight = new Sight(sampleDirectory, state, false)
    const before = [...sight.ids("queuemembers", "*")]
    const member = { interface: "PJSIP/1001", stateInterface: "PJSIP/1001", penalty: 0, callsTaken: 0, lastCall: 0, status: 1 }
    state.apply(
      {
        _tag: "QueueMemberChanged",
        member: { ...member, queue: "sales", name: "Agent/2001", paused: false, wrapUpSeconds: 0 }
      },
      0
    )
    assert.include(listedIds(sampleDirectory, state, "queuemembers"), "Agent/2001,sales")
    assert.deepStrictEqual([...sight.ids("queuemembers", "*")], before)
  })
})

const separations = fc.record({ before: fc.boolean(), after: fc.boolean() })

describe("sightChanges", () => {
  it("makes of what somebody saw what he sees, and names nothing that he knows already", () => {
    fc.assert(
      fc.property(directories(), directories(), separations, contexts, contexts, (before, after, separation, then, now) => {
        const seen = {
          before: sightOf(before, separation.before),
          after: sightOf(after, separation.after),
          from: audienceOf(separation.before, then),
          to: audienceOf(separation.after, now)
        }
        const messages = sightChanges(seen).map(({ function: change, listname, list }) => ({
          change,
          listname,
          ids: Array.isArray(list) ? list.map(String) : []
        }))
        for (const list of LIST_NAMES) {
          const known = new Set([...seen.before.ids(list, seen.from)].map(String))
          for (const message of messages.filter(({ listname }) => listname === list)) {
            assert.isNotEmpty(message.ids)
            for (const id of message.ids) {
              if (message.change === "addconfig") assert.isTrue(!known.has(id) && known.add(id).has(id))
              else assert.isTrue(known.delete(id))
            }
          }
          assert.sameMembers([...known], [...seen.after.ids(list, seen.to)].map(String))
        }
        const functions = messages.map(({ change }) => String(change))
        assert.deepStrictEqual(functions, functions.toSorted().reverse(), "what vanished is told first")
      })
    )
  })
})

describe("configChanges", () => {
  const everything = (directory: DirectorySnapshot) =>
    new Map(LIST_NAMES.map((list) => [list, new Set(listedIds(directory, stateOf(directory), list))]))
  const configs = (data: DirectoryData): Configs => {
    const directory = snapshotOf(data)
    return configsOf(directory, stateOf(directory), "2.3", everything(directory))
  }

  it("tells of what somebody knew and knows exactly those that are others", () => {
    fc.assert(
      fc.property(directories(), directories(), separations, contexts, contexts, (before, after, separation, then, now) => {
        const seen = {
          before: sightOf(before, separation.before),
          after: sightOf(after, separation.after),
          from: audienceOf(separation.before, then),
          to: audienceOf(separation.after, now)
        }
        const [old, young] = [configs(before), configs(after)]
        const messages = configChanges(seen, otherConfigs(old, young, undefined)) as ReadonlyArray<Record<string, unknown>>
        const heard = new Map(messages.map(({ listname, tid, config }) => [`${listname} ${tid}`, config]))
        assert.strictEqual(heard.size, messages.length)
        for (const list of LIST_NAMES) {
          const ids = [...seen.after.ids(list, seen.to)].filter((id) => seen.before.ids(list, seen.from).has(id))
          for (const id of ids) {
            const [config, key] = [young.get(list)?.get(id), `${list} ${id}`]
            const other = JSON.stringify(old.get(list)?.get(id)) !== JSON.stringify(config)
            assert.deepStrictEqual(heard.get(key), other ? config : undefined)
            heard.delete(key)
          }
        }
        assert.strictEqual(heard.size, 0)
      })
    )
  })

  it("tells what was edited even if it is the same, to those alone who know it", () => {
    const same = new Map([
      [
        "queues" as const,
        new Map([
          [5, { name: "support" }],
          [8, { name: "sales" }]
        ])
      ]
    ])
    const others = otherConfigs(same, same, { list: "queues", id: 5 })
    const sight = new Sight(sampleDirectory, stateOf(sampleDirectory), true)
    const changes = (audience: string) => configChanges({ before: sight, after: sight, from: audience, to: audience }, others)
    assert.deepStrictEqual(changes("=a"), [told.config("queues", "5", { name: "support" })])
    assert.deepStrictEqual(short(changes("=b")), [])
  })
})
