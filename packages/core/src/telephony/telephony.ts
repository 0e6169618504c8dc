/**
 * The door to a PBX: operations out, events in. Implemented over AMI by `@ctid/ami`; one contract suite runs over a
 * simulated and over a real Asterisk.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Agent, Line } from "../directory/directory.ts"
import type { PhonePresence, SetAtPhone } from "../presence/phone_presence.ts"

/** The PBX said no, did not answer in time, or cannot be reached and the operation cannot wait. `taken`: another agent has the phone. */
export class TelephonyError extends Data.TaggedError("TelephonyError")<{
  readonly reason: "refused" | "taken" | "timeout" | "unavailable" | "invalid"
  readonly operation: string
  readonly message: string
}> {}

/**
 * `done`: the PBX has it. `deferred`: the PBX is out of reach; the last wanted value of this key is kept and written when
 * it returns.
 */
export type Outcome = "done" | "deferred"

/** The three call forwards (reference 3.3): unconditional, on busy, on no answer. */
export type ForwardKind = "unconditional" | "busy" | "noAnswer"

export interface Forward {
  readonly enabled: boolean
  readonly destination: string
}

/** A member of a queue as the PBX knows him. Numbers as AMI gives them (reference 4.5). */
export interface QueueMember {
  readonly queue: string
  /** `Agent/2001`, `PJSIP/1003` */
  readonly name: string
  /** What the queue dials. */
  readonly interface: string
  /** The device whose state counts; the interface itself when the PBX names none. */
  readonly stateInterface: string
  readonly penalty: number
  readonly callsTaken: number
  /** Seconds since the epoch, 0: never. */
  readonly lastCall: number
  /** AMI member status: 0 unknown, 1 not in use, 2 in use, 3 busy, 4 invalid, 5 unavailable, 6 ringing, 7 ringing and in use, 8 on hold. */
  readonly status: number
  readonly paused: boolean
  /** Seconds, 0: none. */
  readonly wrapUpSeconds: number
}

/** Services of a line that the PBX keeps. An absent key is not known or not changed. */
export interface LineServices {
  readonly doNotDisturb?: boolean
  readonly unconditional?: Forward
  readonly busy?: Forward
  readonly noAnswer?: Forward
}

/** What the agent's phone is doing besides queue calls (reference 5.6). */
export interface NonAcdCall {
  readonly direction: "incoming" | "outgoing"
  readonly internal: boolean
}

/** Somebody set the presence of a line at a phone, or on the PBX; what `setPresence` wrote is never told. To be answered by `setPresence`. */
export type PresenceSet = { readonly _tag: "PresenceSet"; readonly lineId: number } & SetAtPhone

export type TelephonyEvent =
  /** The link to the PBX. `up` comes after the first complete resync on that link. */
  | { readonly _tag: "LinkChanged"; readonly state: "up" | "down" }
  /** Extension state of a line: -2, -1, 0, 1, 2, 4, 8, 9, 16 (reference 5.5). */
  | { readonly _tag: "EndpointState"; readonly lineId: number; readonly state: number }
  /** One member appeared or changed. */
  | { readonly _tag: "QueueMemberChanged"; readonly member: QueueMember }
  | { readonly _tag: "QueueMemberPaused"; readonly queue: string; readonly name: string; readonly paused: boolean }
  | { readonly _tag: "QueueMemberRemoved"; readonly queue: string; readonly name: string }
  /** All members of all queues: who is not in it is a member no more. The PBX wins. */
  | { readonly _tag: "QueueMembers"; readonly members: ReadonlyArray<QueueMember> }
  /** Reported by a dialplan or an agent daemon through UserEvent (reference 9.2). */
  | { readonly _tag: "AgentLoggedIn"; readonly agentId: number; readonly extension: string | null }
  | { readonly _tag: "AgentLoggedOff"; readonly agentId: number }
  /** An agent took, or ended, a queue call. */
  | { readonly _tag: "AgentConnected"; readonly queue: string; readonly member: string }
  | { readonly _tag: "AgentCompleted"; readonly queue: string; readonly member: string; readonly wrapUpSeconds: number | null }
  /** A channel of this line's device is talking, or none is any more. */
  | { readonly _tag: "LineCall"; readonly lineId: number; readonly call: NonAcdCall | null }
  /** Changed at the phone, by somebody else, or found at a resync. */
  | { readonly _tag: "LineServicesChanged"; readonly lineId: number; readonly services: LineServices }
  | { readonly _tag: "VoicemailCount"; readonly voicemailId: number; readonly newMessages: string }
  | PresenceSet

/**
 * Operations and events of a PBX. All operations are bounded in time by the implementation (`timeout`), and check every text that comes
 * from a client before it goes into a header.
 */
export class Telephony extends Context.Service<
  Telephony,
  {
    /** Do not disturb of a line. Waits for the PBX's return when it is out of reach. */
    readonly setDoNotDisturb: (line: Line, on: boolean) => Effect.Effect<Outcome, TelephonyError>
    /** A forward of a line; an empty destination or `enabled: false` removes it. The destination is reduced by `reduceDestination` first. */
    readonly setForward: (line: Line, kind: ForwardKind, forward: Forward) => Effect.Effect<Outcome, TelephonyError>
    /**
     * What phones show of the owner of this line; null: nothing any more. Kept, and written again whenever the PBX turns out to have
     * something else, but for what was set there since: that is told as `PresenceSet`.
     */
    readonly setPresence: (line: Line, shown: PhonePresence | null) => Effect.Effect<Outcome, TelephonyError>
    /** Logs an agent in on a line: adds him to his configured queues. `taken`: another agent is logged in there, or is about to be. */
    readonly agentLogin: (agent: Agent, line: Line) => Effect.Effect<Outcome, TelephonyError>
    /** Removes a logged agent from every queue he is in. */
    readonly agentLogoff: (agent: Agent) => Effect.Effect<Outcome, TelephonyError>
    /** Pauses or unpauses a logged agent in one queue, or (null) in all. An agent who is not logged in: `done`, nothing is sent. */
    readonly pauseAgent: (agent: Agent, queue: string | null, paused: boolean) => Effect.Effect<Outcome, TelephonyError>
    /** Puts a logged agent into a queue that is not one of his configured ones, or takes him out. */
    readonly queueAdd: (agent: Agent, queue: string, penalty: number) => Effect.Effect<Outcome, TelephonyError>
    readonly queueRemove: (agent: Agent, queue: string) => Effect.Effect<Outcome, TelephonyError>
    /** Writes a presence change of an agent into the queue log (reference 9.3). Never deferred: `unavailable` while the link is down. */
    readonly logPresence: (agent: Agent, presence: string) => Effect.Effect<void, TelephonyError>
    /** Lets the phone of `listener` listen to the phone where the agent is logged in. */
    readonly listen: (listener: Line, agent: Agent) => Effect.Effect<void, TelephonyError>
    /**
     * Somebody says that the PBX, or the directory, has changed: the link is tried at once when it is down, else everything is asked for
     * again. The server calls it once it goes by a directory with other lines, agents, queues, voicemails or users.
     */
    readonly refresh: Effect.Effect<void>
    /** Asks for one member of a queue; what the PBX says of him comes as events. Never deferred. */
    readonly askMember: (queue: string, member: string) => Effect.Effect<void, TelephonyError>
    /** Runs a command of the PBX's own command line and answers its output, line by line. Whoever calls it has checked the command. */
    readonly runCommand: (command: string) => Effect.Effect<ReadonlyArray<string>, TelephonyError>
    /** True while the PBX answers and has been asked for everything. */
    readonly isUp: () => boolean
    /** For one consumer. Starts with what is known, as events; every resync repeats the whole state. */
    readonly events: Stream.Stream<TelephonyEvent>
  }
>()("@ctid/core/Telephony") {}

/** Longest destination of a forward, in characters. */
export const MAX_DESTINATION = 64

/** Reduces text from a client to what an extension may contain, `[0-9A-Za-z*#+]`, at most 64 characters. */
export const reduceDestination = (text: string): string => text.replace(/[^0-9A-Za-z*#+]/g, "").slice(0, MAX_DESTINATION)
