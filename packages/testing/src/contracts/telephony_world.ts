/** What the Telephony contract runs on: a PBX with known lines, agents and queues, and hands that work it from the other side. */
import type { Agent, DirectoryData, Line } from "@ctid/core/directory/directory"
import type { Telephony } from "@ctid/core/telephony/telephony"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** A member of a queue as the PBX itself shows him. */
export interface PbxMember {
  readonly name: string
  readonly interface: string
  readonly stateInterface: string
  readonly penalty: number
  readonly paused: boolean
}

/** A call under way between two phones. */
export interface PbxCall {
  /** The called person picks up. */
  readonly answer: Effect.Effect<void, unknown>
  readonly hangup: Effect.Effect<void, unknown>
}

/** A line of the queue log. */
export interface PbxQueueLogEntry {
  readonly queue: string
  readonly interface: string
  readonly event: string
  readonly message: string
}

/** The hands of the people and programs around the PBX. An effect ends when the PBX has done it. */
export interface PbxControl {
  /** `BUSY`, `NOT_INUSE`...; `UNKNOWN` for a custom device that was never set. */
  readonly deviceState: (device: string) => Effect.Effect<string, unknown>
  /** Null: no such entry. */
  readonly astDb: (family: string, key: string) => Effect.Effect<string | null, unknown>
  readonly queueMembers: (queue: string) => Effect.Effect<ReadonlyArray<PbxMember>, unknown>
  /** What was written by others than the PBX: event PRESENCE. */
  readonly queueLog: Effect.Effect<ReadonlyArray<PbxQueueLogEntry>, unknown>
  /** Names of the channels that are up. */
  readonly channels: Effect.Effect<ReadonlyArray<string>, unknown>
  /** A custom device changes its state. */
  readonly setDeviceState: (device: string, state: string) => Effect.Effect<void, unknown>
  /** A feature code dialled at the phone of this line. */
  readonly dialDoNotDisturb: (line: Line, on: boolean) => Effect.Effect<void, unknown>
  /** The same for the unconditional forward; null: off. */
  readonly dialForward: (line: Line, destination: string | null) => Effect.Effect<void, unknown>
  /** The presence of a line, as a dialplan sets it on its default provider: `away,subtype,message`. */
  readonly setPresence: (line: Line, value: string) => Effect.Effect<void, unknown>
  /** Somebody else, on the console say, changes a queue. */
  readonly addMember: (queue: string, name: string, memberInterface: string) => Effect.Effect<void, unknown>
  readonly removeMember: (queue: string, memberInterface: string) => Effect.Effect<void, unknown>
  readonly pauseMember: (queue: string, memberInterface: string, paused: boolean) => Effect.Effect<void, unknown>
  /** The phone of one line calls the other, which rings until it is answered. Both are phones with channels of their own. */
  readonly ring: (from: Line, to: Line) => Effect.Effect<PbxCall, unknown>
  /** Somebody outside calls a queue, and the one member that is free picks up. */
  readonly callQueue: (queue: string) => Effect.Effect<{ readonly hangup: Effect.Effect<void, unknown> }, unknown>
  /** So many new messages wait in the box now. */
  readonly setVoicemail: (mailbox: string, context: string, newMessages: number) => Effect.Effect<void, unknown>
  /** It dies without a word; what was done before is on its disk. */
  readonly kill: Effect.Effect<void, unknown>
  /** It starts again, with AstDB and the queue members it had. */
  readonly start: Effect.Effect<void, unknown>
}

/** A PBX with a Telephony on it. */
export interface TelephonyWorld {
  readonly telephony: Telephony["Service"]
  readonly control: PbxControl
}

/**
 * Makes a world for one case: nobody is a member of a queue, no service is on, the boxes are empty, all phones are idle. The Telephony is
 * new and declares `telephonyDirectory`; names in AstDB and of devices are the defaults.
 */
export type MakeTelephonyWorld = Effect.Effect<TelephonyWorld, unknown, Scope.Scope>

const line = (id: number, protocol: string, number: string, context: string, device: string): Line => ({
  id,
  protocol,
  name: number,
  device,
  context,
  number,
  callerId: null,
  userId: null
})

/** The lines of the contract. */
export const telephonyLines = {
  /** A phone that an extension watches. */
  alice: line(1, "pjsip", "1001", "tenant-a", "PJSIP/1001"),
  /** Known by a custom device only; no channel is his. */
  bob: line(2, "custom", "1002", "tenant-a", "Custom:1002"),
  /** A phone without a hint. */
  carol: line(3, "pjsip", "1003", "tenant-a", "PJSIP/1003"),
  /** Another company; her hint joins do not disturb: `PJSIP/2001&Custom:DND2001`. */
  dave: line(4, "pjsip", "2001", "tenant-b", "PJSIP/2001")
} as const

const agent = (id: number, number: string, context: string, queues: Agent["queues"]): Agent => ({
  id,
  number,
  firstName: "Agent",
  lastName: number,
  context,
  queues,
  wrapUpSeconds: null
})

export const telephonyAgents = {
  anna: agent(1, "4001", "tenant-a", [
    { queue: "support", penalty: 1 },
    { queue: "callback", penalty: 0 }
  ]),
  ben: agent(2, "4002", "tenant-a", [{ queue: "support", penalty: 0 }])
} as const

const queue = (id: number, name: string, number: string, context: string): DirectoryData["queues"][number] => ({
  id,
  name,
  displayName: name,
  number,
  context,
  staticMembers: []
})

/** What the PBX of the contract has: its lines, two agents, three queues, a voicemail box. */
export const telephonyDirectory: DirectoryData = {
  serverUuid: "00000000-0000-4000-8000-000000000001",
  users: [],
  lines: Object.values(telephonyLines),
  agents: Object.values(telephonyAgents),
  queues: [
    queue(1, "support", "8001", "tenant-a"),
    queue(2, "callback", "8002", "tenant-a"),
    queue(3, "sales", "8003", "tenant-b")
  ],
  voicemails: [{ id: 1, mailbox: "1001", context: "tenant-a" }],
  profiles: [],
  presenceGroups: [],
  hintGroups: new Map()
}
