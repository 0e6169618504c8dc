import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { sampleDirectory } from "../testdata/sample_directory.ts"
import type { StateChange } from "./state_change.ts"
import type { QueueMember, TelephonyEvent } from "./telephony.ts"
import { TelephonyState } from "./telephony_state.ts"

const fresh = (): TelephonyState => new TelephonyState(() => sampleDirectory, 1000)

const member = (queue: string, changes: Partial<QueueMember> = {}): QueueMember => ({
  queue,
  name: "Agent/2001",
  interface: "PJSIP/1001",
  stateInterface: "PJSIP/1001",
  penalty: 2,
  callsTaken: 0,
  lastCall: 0,
  status: 1,
  paused: false,
  wrapUpSeconds: 0,
  ...changes
})
const joined = (queue: string, changes: Partial<QueueMember> = {}): TelephonyEvent => ({
  _tag: "QueueMemberChanged",
  member: member(queue, changes)
})

const feed = (state: TelephonyState, events: ReadonlyArray<TelephonyEvent>, now = 2000): ReadonlyArray<StateChange> =>
  events.flatMap((event) => state.apply(event, now))
const kinds = (changes: ReadonlyArray<StateChange>): ReadonlyArray<string> => changes.map((change) => change._tag)

describe("phones", () => {
  it("are unavailable before anything is known, and a state is told only when it changes", () => {
    const state = fresh()
    assert.strictEqual(state.phone(10), 4)
    const ringing: TelephonyEvent = { _tag: "EndpointState", lineId: 10, state: 8 }
    assert.deepStrictEqual(kinds(feed(state, [ringing, ringing])), ["Phone"])
    assert.strictEqual(state.phone(10), 8)
  })
})

describe("agents", () => {
  it("are logged in with their first queue and off with their last", () => {
    const state = fresh()
    feed(state, [joined("support"), joined("callback")])
    assert.deepInclude(state.agents.agent(7).login, { extension: "1001", device: "PJSIP/1001" })
    assert.strictEqual(state.agents.agent(7).availability, "available")
    feed(state, [{ _tag: "QueueMemberRemoved", queue: "support", name: "Agent/2001" }])
    assert.strictEqual(state.agents.agent(7).availability, "available")
    const last = feed(state, [{ _tag: "QueueMemberRemoved", queue: "callback", name: "Agent/2001" }])
    assert.strictEqual(state.agents.agent(7).availability, "logged_out")
    assert.isTrue(last.some((change) => change._tag === "Agent" && change.login))
  })

  it("are unavailable when paused in every queue, not in one of two", () => {
    const state = fresh()
    feed(state, [
      joined("support"),
      joined("callback"),
      { _tag: "QueueMemberPaused", queue: "support", name: "Agent/2001", paused: true }
    ])
    assert.strictEqual(state.agents.agent(7).availability, "available")
    feed(state, [{ _tag: "QueueMemberPaused", queue: "callback", name: "Agent/2001", paused: true }])
    assert.strictEqual(state.agents.agent(7).availability, "unavailable")
  })

  it("keep the time of their availability until it changes", () => {
    const state = fresh()
    feed(state, [joined("support")], 2000)
    feed(state, [joined("callback")], 3000)
    assert.strictEqual(state.agents.agent(7).since, 2000)
    feed(state, [{ _tag: "AgentConnected", queue: "support", member: "Agent/2001" }], 4000)
    assert.strictEqual(state.agents.agent(7).since, 4000)
  })

  it("wrap up after a queue call: as the event says, else as declared, else as the member says", () => {
    const state = fresh()
    feed(state, [joined("support", { wrapUpSeconds: 9 }), { _tag: "AgentConnected", queue: "support", member: "Agent/2001" }])
    const done = (wrapUpSeconds: number | null) =>
      feed(state, [{ _tag: "AgentCompleted", queue: "support", member: "Agent/2001", wrapUpSeconds }])
    const seconds = (changes: ReadonlyArray<StateChange>) =>
      changes.flatMap((change) => (change._tag === "WrapUp" ? [change.seconds] : []))
    assert.deepStrictEqual(seconds(done(2)), [2])
    assert.deepStrictEqual(seconds(done(null)), [9])
    assert.deepStrictEqual(seconds(done(0)), [])
  })

  it("end a wrap-up only if nothing came between", () => {
    const state = fresh()
    feed(state, [joined("support")])
    const wrap = (changes: ReadonlyArray<StateChange>) =>
      changes.flatMap((change) => (change._tag === "WrapUp" ? [change] : []))[0]
    const first = wrap(feed(state, [{ _tag: "AgentCompleted", queue: "support", member: "Agent/2001", wrapUpSeconds: 5 }]))
    feed(state, [{ _tag: "AgentConnected", queue: "support", member: "Agent/2001" }])
    assert.deepStrictEqual(state.agents.wrapUpEnded(7, first?.turn ?? -1, 2005), [])
    assert.strictEqual(state.agents.agent(7).availability, "unavailable")
    const second = wrap(feed(state, [{ _tag: "AgentCompleted", queue: "support", member: "Agent/2001", wrapUpSeconds: 5 }]))
    assert.deepStrictEqual(kinds(state.agents.wrapUpEnded(7, second?.turn ?? -1, 2010)), ["Agent"])
    assert.strictEqual(state.agents.agent(7).availability, "available")
  })

  it("are on a queue call, whose end was not heard, until all queues list them with an idle phone after an outage", () => {
    const after = (support: number, callback: number, link: "up" | "down" = "down") => {
      const state = fresh()
      feed(state, [{ _tag: "LinkChanged", state: link }])
      feed(state, [joined("support"), joined("callback")])
      feed(state, [{ _tag: "AgentConnected", queue: "support", member: "Agent/2001" }], 3000)
      const members = [member("support", { status: support }), member("callback", { status: callback })]
      const changes = feed(state, [{ _tag: "QueueMembers", members }], 4000)
      return { ...state.agents.agent(7), told: kinds(changes).filter((kind) => kind !== "Member") }
    }
    for (const idle of [1, 4, 5]) {
      const over = { onAcdCall: false, onWrapUp: false, availability: "available" as const, since: 4000, told: ["Agent"] }
      assert.deepInclude(after(idle, 1), over)
    }
    for (const maybe of [0, 2, 3, 6, 7, 8]) {
      const goesOn = { onAcdCall: true, availability: "unavailable" as const, since: 3000, told: [] }
      assert.deepInclude(after(maybe, 1), goesOn)
      assert.deepInclude(after(1, maybe), goesOn)
    }
    // nothing was missed: the phone that the queue watches may not be the one that rings
    assert.isTrue(after(1, 1, "up").onAcdCall)
  })

  it("wrap up as ever when the end of the call is heard after the list", () => {
    const state = fresh()
    const connected: TelephonyEvent = { _tag: "AgentConnected", queue: "support", member: "Agent/2001" }
    const listed: TelephonyEvent = { _tag: "QueueMembers", members: [member("support")] }
    feed(state, [joined("support"), connected, listed])
    const completed: TelephonyEvent = { _tag: "AgentCompleted", queue: "support", member: "Agent/2001", wrapUpSeconds: 5 }
    const wrapUp = feed(state, [completed]).find((change) => change._tag === "WrapUp")
    assert.deepStrictEqual(feed(state, [listed]), [])
    assert.isTrue(state.agents.agent(7).onWrapUp)
    feed(state, [connected, listed, completed])
    assert.deepStrictEqual(state.agents.wrapUpEnded(7, wrapUp?.turn ?? -1, 2005), [])
    assert.isTrue(state.agents.agent(7).onWrapUp)
  })

  it("show calls of their phone that come from no queue", () => {
    const state = fresh()
    feed(state, [joined("support"), { _tag: "LineCall", lineId: 10, call: { direction: "incoming", internal: true } }])
    assert.strictEqual(state.agents.agent(7).availability, "on_call_nonacd_incoming_internal")
    feed(state, [{ _tag: "LineCall", lineId: 10, call: null }])
    assert.strictEqual(state.agents.agent(7).availability, "available")
  })

  it("who have moved to another phone are told once, without the call of the old one", () => {
    const state = fresh()
    const moved = { interface: "PJSIP/1002", stateInterface: "PJSIP/1002" }
    const members = [member("support", moved), member("callback", moved)]
    feed(state, [joined("support"), joined("callback")])
    feed(state, [{ _tag: "LineCall", lineId: 10, call: { direction: "incoming", internal: true } }])
    const told = feed(state, [{ _tag: "QueueMembers", members }]).flatMap((change) => (change._tag === "Agent" ? [change] : []))
    assert.strictEqual(told.length, 1)
    assert.isFalse(told[0]?.login)
    assert.deepInclude(told[0]?.status.login, { extension: "1002", device: "PJSIP/1002" })
    assert.deepInclude(told[0]?.status, { nonAcdCall: null, availability: "available" })
    feed(state, [{ _tag: "LineCall", lineId: 20, call: { direction: "outgoing", internal: false } }])
    assert.strictEqual(state.agents.agent(7).availability, "on_call_nonacd_outgoing_external")
    assert.deepStrictEqual(feed(state, [{ _tag: "QueueMembers", members }]), [])
  })

  it("who move one queue after the other leave the call at the old phone", () => {
    const state = fresh()
    const moved = { interface: "PJSIP/1002", stateInterface: "PJSIP/1002" }
    const left = (queue: string): TelephonyEvent => ({ _tag: "QueueMemberRemoved", queue, name: "Agent/2001" })
    feed(state, [joined("support"), joined("callback")])
    feed(state, [{ _tag: "LineCall", lineId: 10, call: { direction: "incoming", internal: true } }])
    feed(state, [left("support"), joined("support", moved), left("callback"), joined("callback", moved)])
    assert.strictEqual(state.agents.agent(7).login?.extension, "1002")
    assert.strictEqual(state.agents.agent(7).availability, "available")
  })

  it("stay where they are when Asterisk calls their phone by its other name", () => {
    const state = fresh()
    feed(state, [joined("support"), { _tag: "LineCall", lineId: 10, call: { direction: "incoming", internal: true } }])
    assert.deepStrictEqual(kinds(feed(state, [joined("support", { stateInterface: "SIP/1001" })])), ["Member"])
    assert.strictEqual(state.agents.agent(7).availability, "on_call_nonacd_incoming_internal")
  })

  it("that nobody declared show nowhere, but hold the phone they sit at", () => {
    const state = fresh()
    assert.deepStrictEqual(
      feed(state, [joined("support", { name: "Agent/9999", interface: "PJSIP/1002", stateInterface: "PJSIP/1002" })]),
      []
    )
    assert.deepStrictEqual([...state.agents.members()], [])
    assert.isTrue(state.agents.lineTaken("PJSIP/1002", "2001"))
    assert.isFalse(state.agents.lineTaken("PJSIP/1002", "9999"))
    feed(state, [{ _tag: "QueueMembers", members: [] }])
    assert.isFalse(state.agents.lineTaken("PJSIP/1002", "2001"))
  })
})

describe("queue members", () => {
  it("are announced when an agent joins a queue he is not declared for", () => {
    const state = fresh()
    assert.deepStrictEqual(kinds(feed(state, [joined("sales")])).slice(0, 2), ["MemberAdded", "Member"])
    assert.deepStrictEqual(
      kinds(feed(state, [{ _tag: "QueueMemberRemoved", queue: "sales", name: "Agent/2001" }])).slice(0, 1),
      ["MemberRemoved"]
    )
    assert.deepStrictEqual(kinds(feed(state, [joined("support")])).slice(0, 1), ["Member"])
  })

  it("are, after a resync, what the PBX says, whatever came before", () => {
    const queue = fc.constantFrom("support", "callback", "sales", "nowhere")
    const event: fc.Arbitrary<TelephonyEvent> = fc.oneof(
      fc.record({ queue, paused: fc.boolean() }).map(({ queue, paused }) => joined(queue, { paused })),
      queue.map((queue) => ({ _tag: "QueueMemberRemoved" as const, queue, name: "Agent/2001" })),
      fc.record({
        _tag: fc.constant("QueueMemberPaused" as const),
        queue,
        name: fc.constant("Agent/2001"),
        paused: fc.boolean()
      }),
      fc.constant({ _tag: "AgentLoggedIn" as const, agentId: 7, extension: "1001" }),
      fc.constant({ _tag: "AgentLoggedOff" as const, agentId: 7 })
    )
    const snapshot = fc.uniqueArray(fc.record({ queue, paused: fc.boolean() }), { selector: (one) => one.queue })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), snapshot, (events, present) => {
        const members = present.map(({ queue, paused }) => member(queue, { paused }))
        const used = fresh()
        feed(used, [...events, { _tag: "QueueMembers", members }])
        const clean = fresh()
        feed(clean, [{ _tag: "QueueMembers", members }])
        const sorted = (state: TelephonyState) => [...state.agents.members()].sort((a, b) => a.queue.localeCompare(b.queue))
        assert.deepStrictEqual(sorted(used), sorted(clean))
        assert.strictEqual(used.agents.agent(7).availability, clean.agents.agent(7).availability)
        assert.deepStrictEqual(used.agents.agent(7).login, clean.agents.agent(7).login)
      }),
      { numRuns: 1000 }
    )
  })
})

describe("services", () => {
  it("of the main line are the user's, and an echo of what is known is no change", () => {
    const state = fresh()
    const dnd: TelephonyEvent = { _tag: "LineServicesChanged", lineId: 10, services: { doNotDisturb: true } }
    assert.deepStrictEqual(kinds(feed(state, [dnd, dnd])), ["Services"])
    assert.isTrue(state.services(1).doNotDisturb)
  })

  it("keep the destination of a forward that the PBX forgot", () => {
    const state = fresh()
    const forward = (enabled: boolean, destination: string): TelephonyEvent => ({
      _tag: "LineServicesChanged",
      lineId: 10,
      services: { busy: { enabled, destination } }
    })
    feed(state, [forward(true, "1002"), forward(false, "")])
    assert.deepStrictEqual(state.services(1).busy, { enabled: false, destination: "1002" })
    assert.deepStrictEqual(feed(state, [forward(false, "")]), [])
  })

  it("set by a user are always told, even if they were so already", () => {
    const state = fresh()
    assert.deepStrictEqual(state.setServices(1, { doNotDisturb: false }), {
      _tag: "Services",
      userId: 1,
      services: { doNotDisturb: false }
    })
  })
})
