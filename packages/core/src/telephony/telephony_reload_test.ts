import { AGENT_NUMBERS, directories, QUEUE_NAMES } from "@ctid/testing/arbitraries/directory"
import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { type DirectoryData, type DirectorySnapshot, snapshotOf } from "../directory/directory.ts"
import { LIST_NAMES } from "../protocol/client_command.ts"
import { listedConfig, listedIds } from "../protocol/list_objects.ts"
import { agentStatus, phoneStatus, queueStatus, voicemailStatus } from "../protocol/views.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import type { QueueMember, TelephonyEvent } from "./telephony.ts"
import { TelephonyState } from "./telephony_state.ts"

const member = (queue: string, name: string, changes: Partial<QueueMember> = {}): QueueMember => ({
  queue,
  name,
  interface: "PJSIP/10x",
  stateInterface: "PJSIP/10x",
  penalty: 0,
  callsTaken: 0,
  lastCall: 0,
  status: 1,
  paused: false,
  wrapUpSeconds: 0,
  ...changes
})

const LINES = [10, 20, 30, 40, 50]

/** All that a PBX says when it is asked for everything: of lines, mailboxes and members that are declared, or are not. */
const everything: fc.Arbitrary<ReadonlyArray<TelephonyEvent>> = fc
  .record({
    members: fc.uniqueArray(
      fc.tuple(
        fc.constantFrom(...QUEUE_NAMES),
        fc.constantFrom(...AGENT_NUMBERS.map((number) => `Agent/${number}`), "PJSIP/10x", "PJSIP/30x"),
        fc.boolean()
      ),
      { selector: ([queue, name]) => `${name},${queue}`, maxLength: 10 }
    ),
    states: fc.tuple(...LINES.map(() => fc.constantFrom(0, 1, 4, 8))),
    quiet: fc.tuple(...LINES.map(() => fc.boolean())),
    counts: fc.tuple(fc.constantFrom("0", "2"), fc.constantFrom("0", "2"))
  })
  .map(({ members, states, quiet, counts }) => [
    { _tag: "QueueMembers", members: members.map(([queue, name, paused]) => member(queue, name, { paused })) },
    ...LINES.flatMap(
      (lineId, at): ReadonlyArray<TelephonyEvent> => [
        { _tag: "EndpointState", lineId, state: states[at] ?? 4 },
        { _tag: "LineServicesChanged", lineId, services: { doNotDisturb: quiet[at] ?? false } }
      ]
    ),
    ...counts.map((newMessages, at): TelephonyEvent => ({ _tag: "VoicemailCount", voicemailId: at + 1, newMessages }))
  ])

/** A state that begins with one directory, and has others. */
const started = (data: DirectoryData) => {
  let directory = snapshotOf(data)
  const state = new TelephonyState(() => directory, 0)
  const say = (events: ReadonlyArray<TelephonyEvent>): void => {
    for (const event of events) state.apply(event, 0)
  }
  return {
    state,
    say,
    adopt: (after: DirectoryData) => {
      const before = directory
      directory = snapshotOf(after)
      return state.adopt(before, 0)
    },
    seen: () => seen(directory, state)
  }
}

/** Everything that clients may ask for. */
const seen = (directory: DirectorySnapshot, state: TelephonyState): ReadonlyMap<string, unknown> =>
  new Map([
    ...LIST_NAMES.flatMap((list) =>
      listedIds(directory, state, list).map((id) => [`${list} ${id}`, listedConfig(directory, state, "2.3", list, id)] as const)
    ),
    ...directory.data.lines.map(({ id }) => [`phone ${id}`, phoneStatus(state.phone(id))] as const),
    ...directory.data.agents.map(({ id }) => [`agent ${id}`, agentStatus(directory, state.agents.agent(id))] as const),
    ...directory.data.queues.map((queue) => [`queue ${queue.id}`, queueStatus(directory, state, queue)] as const),
    ...directory.data.voicemails.map(({ id }) => [`voicemail ${id}`, voicemailStatus(state.voicemail(id))] as const)
  ])

const sorted = (entries: ReadonlyMap<string, unknown>): ReadonlyArray<readonly [string, unknown]> =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : 1))

/** The order of what the PBX lists is its own. */
const unordered = (entries: ReadonlyMap<string, unknown>): string =>
  JSON.stringify(sorted(entries), (_, value) =>
    Array.isArray(value) && value.every((one) => typeof one === "string") ? value.toSorted() : value
  )

describe("what is known of the PBX", () => {
  it("is, after another directory and everything asked again, what a server started with that directory knows", () => {
    fc.assert(
      fc.property(directories(), everything, directories(), everything, (before, first, after, second) => {
        const [lived, born] = [started(before), started(after)]
        lived.say(first)
        lived.adopt(after)
        lived.say(second)
        born.say(second)
        assert.strictEqual(unordered(lived.seen()), unordered(born.seen()))
      }),
      { numRuns: 1000 }
    )
  })

  it("says nothing, and is the same, when the directory is declared again", () => {
    fc.assert(
      fc.property(directories(), everything, (data, events) => {
        const { say, seen: view, adopt } = started(data)
        say(events)
        const before = sorted(view())
        assert.deepStrictEqual(adopt({ ...data, users: data.users.map((user) => ({ ...user })) }), [])
        assert.deepStrictEqual(sorted(view()), before)
      }),
      { numRuns: 1000 }
    )
  })
})

describe("an agent who is logged in", () => {
  const loggedIn = () => {
    const world = started(sampleData)
    const place = { interface: "PJSIP/1001", stateInterface: "PJSIP/1001" }
    world.say([{ _tag: "QueueMembers", members: [member("support", "Agent/2001", place)] }])
    return world
  }
  const withLine = (change: Partial<DirectoryData["lines"][number]>): DirectoryData => ({
    ...sampleData,
    lines: sampleData.lines.map((line) => (line.id === 10 ? { ...line, ...change } : line))
  })

  it("is shown at the number that his line has now", () => {
    const { adopt, state } = loggedIn()
    const changes = adopt(withLine({ number: "1111" }))
    assert.strictEqual(state.agents.agent(7).login?.extension, "1111")
    assert.deepStrictEqual(
      changes.flatMap((change) => (change._tag === "Agent" ? [change.status.login?.extension, change.login] : [])),
      ["1111", false]
    )
  })

  it("is told again when his line belongs to another company", () => {
    const { adopt } = loggedIn()
    const changes = adopt(withLine({ context: "b" }))
    assert.deepStrictEqual(
      changes.flatMap((change) => (change._tag === "Agent" ? [change.status.login?.context] : [])),
      ["b"]
    )
  })

  it("is not on a call for ever when the line that he called on is another phone", () => {
    const { adopt, say, state } = loggedIn()
    say([{ _tag: "LineCall", lineId: 10, call: { direction: "outgoing", internal: true } }])
    assert.strictEqual(state.agents.agent(7).availability, "on_call_nonacd_outgoing_internal")
    adopt(withLine({ device: "PJSIP/other" }))
    assert.strictEqual(state.agents.agent(7).availability, "available")
  })

  it("keeps an ACD call and the time of his availability through a reload that does not concern him", () => {
    const { adopt, say, state } = loggedIn()
    say([{ _tag: "AgentConnected", queue: "support", member: "Agent/2001" }])
    const before = state.agents.agent(7)
    const others = { ...sampleData, lines: sampleData.lines.filter(({ id }) => id === 10), users: sampleData.users.slice(0, 1) }
    assert.deepStrictEqual(adopt(others), [])
    assert.deepStrictEqual(state.agents.agent(7), before)
    assert.isTrue(before.onAcdCall)
  })

  it("holds his phone while his queue is not declared, and is back in it when it is", () => {
    const { adopt, state } = loggedIn()
    adopt({ ...sampleData, queues: [] })
    assert.isNull(state.agents.agent(7).login)
    assert.isTrue(state.agents.lineTaken("PJSIP/1001", "2009"))
    const changes = adopt(sampleData)
    assert.deepInclude(state.agents.agent(7).login, { extension: "1001", device: "PJSIP/1001" })
    assert.deepStrictEqual(
      changes.flatMap((change) => (change._tag === "Agent" ? [change.login] : [])),
      [true]
    )
  })

  it("begins anew under another number: what was known of him was the old one's", () => {
    const { adopt, say, state } = loggedIn()
    say([{ _tag: "AgentCompleted", queue: "support", member: "Agent/2001", wrapUpSeconds: 30 }])
    const renumbered = { ...sampleData, agents: sampleData.agents.map((agent) => ({ ...agent, number: "2009" })) }
    adopt(renumbered)
    const place = { interface: "PJSIP/1001", stateInterface: "PJSIP/1001" }
    say([{ _tag: "QueueMembers", members: [member("support", "Agent/2009", place)] }])
    assert.strictEqual(state.agents.agent(7).availability, "available")
  })
})
