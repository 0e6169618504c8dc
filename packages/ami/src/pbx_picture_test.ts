import type { TelephonyEvent } from "@ctid/core/telephony/telephony"
import { assert, describe, it } from "@effect/vitest"
import type { AmiMessage } from "./ami_message.ts"
import { INTERESTING, PbxPicture } from "./pbx_picture.ts"
import { event, snapshot } from "./testdata/directory.ts"

const picture = () => new PbxPicture(() => snapshot)

const nothing = { hints: [], devices: [], channels: [], voicemails: [] }

const hint = (headers: Readonly<Record<string, string>>) => event("ExtensionStatus", headers)
const device = (name: string, state: string) => event("DeviceStateChange", { Device: name, State: state })

/** `11 8`: line 11 rings. */
const states = (events: ReadonlyArray<TelephonyEvent>) =>
  events.flatMap((told) => (told._tag === "EndpointState" ? [`${told.lineId} ${told.state}`] : []))

const all = (of: PbxPicture, messages: ReadonlyArray<AmiMessage>) => messages.flatMap((message) => of.apply(message))

describe("endpoint states", () => {
  it("finds the line by the hint's own extension, told once", () => {
    const of = picture()
    const ringing = hint({ Exten: "1001", Context: "ctx-a", Hint: "SIP/other", Status: "8" })
    assert.deepStrictEqual(states(all(of, [ringing, ringing])), ["11 8"])
    assert.deepStrictEqual(states(of.apply(hint({ Exten: "1001", Context: "elsewhere", Hint: "SIP/nobody", Status: "1" }))), [])
  })

  it("finds it by a device of the hint: PJSIP is SIP, case does not count, presence providers are none", () => {
    const of = picture()
    assert.deepStrictEqual(states(of.apply(hint({ Hint: "sip/K3X9Q1", Status: "0" }))), ["11 0"])
    assert.deepStrictEqual(states(of.apply(hint({ Hint: "PJSIP/p7m2z8,CustomPresence:1002", Status: "1" }))), ["12 1"])
    assert.deepStrictEqual(states(of.apply(hint({ Hint: "SIP/k3x9q1&SIP/p7m2z8", Status: "8" }))), ["11 8", "12 8"])
    assert.deepStrictEqual(states(of.apply(hint({ Hint: "", Status: "8" }))), [])
  })

  it("lets a line's own hint speak for it against hints of its device, devices, and groups", () => {
    const of = picture()
    const group = hint({ Exten: "600", Context: "ctx-a", Hint: "PJSIP/k3x9q1&SIP/p7m2z8", Status: "1" })
    assert.deepStrictEqual(states(of.apply(group)), ["11 1", "12 1"])
    assert.deepStrictEqual(states(of.apply(device("PJSIP/k3x9q1", "NOT_INUSE"))), ["11 0"])
    assert.deepStrictEqual(states(of.apply(group)), [])
    assert.deepStrictEqual(states(of.apply(hint({ Exten: "77", Context: "ctx-a", Hint: "SIP/k3x9q1", Status: "8" }))), ["11 8"])
    assert.deepStrictEqual(states(of.apply(device("PJSIP/k3x9q1", "INUSE"))), [])
    assert.deepStrictEqual(states(of.apply(hint({ Exten: "1001", Context: "ctx-a", Hint: "", Status: "16" }))), ["11 16"])
    assert.deepStrictEqual(states(of.apply(hint({ Hint: "SIP/k3x9q1", Status: "0" }))), [])
  })

  it("takes the device of a line that has no hint", () => {
    const of = picture()
    const found = ["NOT_INUSE", "INUSE", "BUSY", "UNAVAILABLE", "RINGING", "RINGINUSE", "ONHOLD", "INVALID", "UNKNOWN"].flatMap(
      (state) => states(of.apply(device("custom:2001", state)))
    )
    assert.deepStrictEqual(found, ["13 0", "13 1", "13 2", "13 4", "13 8", "13 9", "13 16", "13 4", "13 0"])
    assert.deepStrictEqual(of.apply(device("Queue:support_avail", "INUSE")), [])
    assert.deepStrictEqual(of.apply(device("Custom:2001", "NONSENSE")), [])
  })

  it("maps flags that the protocol does not know to the nearest state, and ignores what is no state", () => {
    const of = picture()
    const status = (text: string) => states(of.apply(hint({ Exten: "1001", Context: "ctx-a", Status: text })))
    assert.deepStrictEqual(["17", "25", "-2", "-1", "64"].flatMap(status), ["11 1", "11 9", "11 -2", "11 -1", "11 4"])
    assert.deepStrictEqual(["", "x", "1e9", "-"].flatMap(status), [])
  })

  it("is made anew by a resync: a hint that is gone speaks no more, and a line that nobody knows is unavailable", () => {
    const of = picture()
    all(of, [hint({ Exten: "1001", Context: "ctx-a", Status: "1" }), device("Custom:2001", "INUSE")])
    const told = of.replace({ ...nothing, devices: [device("PJSIP/k3x9q1", "NOT_INUSE")] })
    assert.deepStrictEqual(states(told), ["11 0", "13 4"])
    assert.deepStrictEqual(states(of.apply(device("PJSIP/k3x9q1", "RINGING"))), ["11 8"])
    assert.deepStrictEqual(states(of.all()), ["11 8", "13 4"])
    assert.deepStrictEqual(states(of.replace({ ...nothing, hints: null, devices: null })), ["11 8", "13 4"])
  })
})

const member = {
  Queue: "support",
  MemberName: "Agent/2001",
  Interface: "PJSIP/k3x9q1",
  StateInterface: "PJSIP/k3x9q1",
  Penalty: "2",
  CallsTaken: "4",
  LastCall: "1795384154",
  Status: "1",
  Paused: "0",
  Wrapuptime: "5"
}

const asMember = {
  queue: "support",
  name: "Agent/2001",
  interface: "PJSIP/k3x9q1",
  stateInterface: "PJSIP/k3x9q1",
  penalty: 2,
  callsTaken: 4,
  lastCall: 1795384154,
  status: 1,
  paused: false,
  wrapUpSeconds: 5
}

describe("queue members", () => {
  it("reads an item of QueueStatus, which names things differently from the events", () => {
    const of = picture()
    const { MemberName, Interface, ...rest } = member
    of.members.replace([
      event("QueueParams", { Queue: "support" }),
      event("QueueMember", { ...rest, Name: MemberName, Location: Interface })
    ])
    assert.deepStrictEqual(of.members.all(), [{ _tag: "QueueMembers", members: [asMember] }])
  })

  it("says nothing of members before Asterisk has listed them", () => {
    assert.deepStrictEqual(picture().all(), [])
  })

  it("tells the whole member at each change, and keeps what an event leaves out", () => {
    const of = picture()
    assert.deepStrictEqual(of.apply(event("QueueMemberAdded", member)), [{ _tag: "QueueMemberChanged", member: asMember }])
    assert.deepStrictEqual(of.apply(event("QueueMemberPause", { Queue: "support", MemberName: "Agent/2001", Paused: "1" })), [
      { _tag: "QueueMemberChanged", member: { ...asMember, paused: true } }
    ])
    assert.deepStrictEqual(of.apply(event("QueueMemberStatus", { Queue: "support", Interface: "PJSIP/k3x9q1", Status: "6" })), [
      { _tag: "QueueMemberChanged", member: { ...asMember, paused: true, status: 6 } }
    ])
    assert.deepStrictEqual(of.apply(event("QueueMemberRemoved", { Queue: "support", MemberName: "Agent/2001" })), [
      { _tag: "QueueMemberRemoved", queue: "support", name: "Agent/2001" }
    ])
    assert.deepStrictEqual(of.members.named("Agent/2001"), [])
  })

  it("passes on a pause of which it knows only the name", () => {
    assert.deepStrictEqual(
      picture().apply(event("QueueMemberPause", { Queue: "support", MemberName: "Agent/2001", Paused: "1" })),
      [{ _tag: "QueueMemberPaused", queue: "support", name: "Agent/2001", paused: true }]
    )
  })

  it("keeps an agent in a queue while another phone of his is in it", () => {
    const of = picture()
    all(of, [event("QueueMemberAdded", member), event("QueueMemberAdded", { ...member, Interface: "SIP/p7m2z8" })])
    assert.deepStrictEqual(of.apply(event("QueueMemberRemoved", member)), [
      { _tag: "QueueMemberChanged", member: { ...asMember, interface: "SIP/p7m2z8" } }
    ])
  })

  it("ignores what names no queue or no member, and numbers that are none", () => {
    const of = picture()
    assert.deepStrictEqual(of.apply(event("QueueMemberAdded", { MemberName: "Agent/2001", Interface: "x" })), [])
    assert.deepStrictEqual(of.apply(event("QueueMemberStatus", { Queue: "support" })), [])
    assert.deepStrictEqual(of.apply(event("QueueMemberRemoved", { Queue: "support" })), [])
    assert.deepStrictEqual(
      of.apply(event("QueueMemberAdded", { ...member, Penalty: "x", CallsTaken: "-1", LastCall: "1e999" })),
      [{ _tag: "QueueMemberChanged", member: { ...asMember, penalty: 0, callsTaken: 0, lastCall: 0 } }]
    )
  })
})

const chan = (name: string, headers: Readonly<Record<string, string>> = {}) => ({
  Channel: name,
  Uniqueid: name,
  Linkedid: "l-1",
  CallerIDNum: "<unknown>",
  ...headers
})

const dest = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [`Dest${name}`, value]))

const BLUE = "PJSIP/k3x9q1-00000001"
const GREEN = "SIP/p7m2z8-00000002"

/** `11 incoming internal`, `11 none`. */
const calls = (events: ReadonlyArray<TelephonyEvent>) =>
  events.flatMap((told) =>
    told._tag === "LineCall"
      ? [
          `${told.lineId} ${told.call === null ? "none" : `${told.call.direction} ${told.call.internal ? "internal" : "external"}`}`
        ]
      : []
  )

describe("calls of lines", () => {
  it("tells a call between two lines at both ends once they talk, and its end", () => {
    const of = picture()
    const before = all(of, [
      event("Newchannel", chan(BLUE, { ChannelState: "4", CallerIDNum: "1001", Exten: "1002" })),
      event("Newchannel", chan(GREEN, { ChannelState: "0", CallerIDNum: "1002", Exten: "s" })),
      event("DialBegin", {
        ...chan(BLUE, { CallerIDNum: "1001", Exten: "1002" }),
        ...dest(chan(GREEN, { CallerIDNum: "1002" }))
      }),
      event("Newstate", chan(GREEN, { ChannelState: "5" }))
    ])
    assert.deepStrictEqual(calls(before), [])
    assert.deepStrictEqual(calls(of.apply(event("Newstate", chan(GREEN, { ChannelState: "6" })))), ["12 incoming internal"])
    assert.deepStrictEqual(calls(of.apply(event("Newstate", chan(BLUE, { ChannelState: "6" })))), ["11 outgoing internal"])
    assert.deepStrictEqual(calls(of.all()), ["12 incoming internal", "11 outgoing internal"])
    assert.deepStrictEqual(calls(of.apply(event("Hangup", chan(BLUE)))), ["11 none"])
    assert.deepStrictEqual(calls(of.apply(event("Hangup", chan(GREEN)))), ["12 none"])
  })

  it("knows the outside from the house by the number at the other end", () => {
    const outside = "PJSIP/trunk-00000009"
    const incoming = picture()
    const called = all(incoming, [
      event("DialBegin", { ...chan(outside, { CallerIDNum: "4930123456" }), ...dest(chan(BLUE)) }),
      event("Newstate", chan(BLUE, { ChannelState: "6" }))
    ])
    assert.deepStrictEqual(calls(called), ["11 incoming external"])
    const outgoing = picture()
    const calling = all(outgoing, [
      event("DialBegin", { ...chan(BLUE, { Exten: "0049301" }), ...dest(chan(outside)) }),
      event("Newstate", chan(BLUE, { ChannelState: "6" }))
    ])
    assert.deepStrictEqual(calls(calling), ["11 outgoing external"])
    const anonymous = picture()
    const hidden = all(anonymous, [
      event("DialBegin", { ...chan(outside), ...dest(chan(BLUE)) }),
      event("Newstate", chan(BLUE, { ChannelState: "6" }))
    ])
    assert.deepStrictEqual(calls(hidden), ["11 incoming external"])
  })

  it("takes a call that nobody was seen dialling for an outgoing internal one, by the channel's name alone", () => {
    const of = picture()
    assert.deepStrictEqual(calls(of.apply(event("Newstate", { Channel: BLUE, ChannelState: "6" }))), ["11 outgoing internal"])
    assert.deepStrictEqual(calls(of.apply(event("Newstate", { Channel: BLUE, ChannelState: "6" }))), [])
    assert.deepStrictEqual(calls(of.apply(event("Hangup", { Channel: BLUE }))), ["11 none"])
  })

  it("does not tell a queue's call to the agent's line, but tells the caller's if he is one of the house", () => {
    const of = picture()
    const leg = { ...chan(GREEN, { CallerIDNum: "1002", Exten: "3001" }), ...dest(chan(BLUE)) }
    const told = all(of, [
      event("Newstate", chan(GREEN, { ChannelState: "6" })),
      event("AgentCalled", { ...leg, Queue: "support", Interface: "PJSIP/k3x9q1", MemberName: "Agent/2001" }),
      event("DialBegin", leg),
      event("Newstate", chan(BLUE, { ChannelState: "6" })),
      event("Hangup", chan(BLUE))
    ])
    assert.deepStrictEqual(calls(told), ["12 outgoing internal", "12 outgoing external"])
  })

  it("forgets by a resync what Asterisk has no more, and learns what it has", () => {
    const of = picture()
    of.apply(event("Newstate", chan(BLUE, { ChannelState: "6" })))
    const shown = event("CoreShowChannel", chan(GREEN, { ChannelState: "6", Application: "AppDial", ConnectedLineNum: "4930" }))
    assert.deepStrictEqual(calls(of.replace({ ...nothing, channels: [shown] })).sort(), ["11 none", "12 incoming external"])
    assert.deepStrictEqual(calls(of.replace({ ...nothing, channels: [shown] })), ["12 incoming external"])
    assert.deepStrictEqual(calls(of.replace({ ...nothing, channels: null })), ["12 none"])
  })

  it("does not grow with channels that never end", () => {
    const of = picture()
    for (let n = 0; n < 30_000; n++)
      of.apply(event("Newchannel", { Channel: `PJSIP/k3x9q1-${n.toString(16)}`, ChannelState: "0" }))
    assert.deepStrictEqual(calls(of.apply(event("Newstate", { Channel: BLUE, ChannelState: "6" }))), ["11 outgoing internal"])
  })
})

describe("other events", () => {
  it("tells queue calls of agents, with the wrap-up time where it is given", () => {
    const of = picture()
    const headers = { Queue: "support", MemberName: "Agent/2001" }
    assert.deepStrictEqual(of.apply(event("AgentConnect", headers)), [
      { _tag: "AgentConnected", queue: "support", member: "Agent/2001" }
    ])
    assert.deepStrictEqual(
      all(of, [event("AgentComplete", headers), event("AgentComplete", { ...headers, WrapupTime: "2" })]).map((told) =>
        told._tag === "AgentCompleted" ? told.wrapUpSeconds : told
      ),
      [null, 2]
    )
  })

  it("takes logins that a dialplan reports, of declared agents only", () => {
    const of = picture()
    const user = (headers: Readonly<Record<string, string>>) => of.apply(event("UserEvent", headers))
    assert.deepStrictEqual(user({ UserEvent: "AgentLogin", AgentID: "7", AgentNumber: "2001", Extension: "1001" }), [
      { _tag: "AgentLoggedIn", agentId: 7, extension: "1001" }
    ])
    assert.deepStrictEqual(user({ UserEvent: "agentlogoff", AgentID: "7" }), [{ _tag: "AgentLoggedOff", agentId: 7 }])
    assert.deepStrictEqual(user({ UserEvent: "AgentLogin", AgentID: "99" }), [])
    assert.deepStrictEqual(user({ UserEvent: "AgentLogin", AgentID: "7\nx" }), [])
    assert.deepStrictEqual(user({ UserEvent: "Other", AgentID: "7" }), [])
  })

  it("counts the messages of declared voicemail boxes", () => {
    const of = picture()
    assert.deepStrictEqual(of.apply(event("MessageWaiting", { Mailbox: "1001@ctx-a", Waiting: "1", New: "2", Old: "0" })), [
      { _tag: "VoicemailCount", voicemailId: 3, newMessages: "2" }
    ])
    assert.deepStrictEqual(of.apply(event("MessageWaiting", { Mailbox: "9@ctx-a", New: "2" })), [])
    assert.deepStrictEqual(of.apply(event("MessageWaiting", { Mailbox: "1001@ctx-a", New: "many" })), [])
    const listed = event("VoicemailUserEntry", { VMContext: "ctx-a", VoiceMailbox: "1001", NewMessageCount: "5" })
    assert.deepStrictEqual(of.replace({ ...nothing, voicemails: [listed] }), [
      { _tag: "VoicemailCount", voicemailId: 3, newMessages: "5" }
    ])
  })

  it("handles every event that it asks for, whatever is missing in it", () => {
    const of = picture()
    for (const name of INTERESTING) assert.deepStrictEqual(of.apply(event(name)), [], name)
  })
})
