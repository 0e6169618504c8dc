/** What one can do with a simulated Asterisk besides connecting to it: look into it, set it up, make things happen there. */
import type * as Effect from "effect/Effect"
import type { Headers } from "./ami_packet.ts"
import type { CallState } from "./calls.ts"
import type { DeviceState } from "./device_state.ts"
import type { HintSpec } from "./hints.ts"
import type { MailboxSpec } from "./mailboxes.ts"
import type { AmiPipe, AmiPipeHandlers, RecordedAction } from "./manager_port.ts"
import type { CannedAnswer, ManagerUser } from "./manager_session.ts"
import type { PbxOptions, PhoneSpec, QueueLogEntry } from "./pbx.ts"
import type { Privilege } from "./privilege.ts"
import type { QueueMemberState } from "./queue_member.ts"
import type { QueueSpec } from "./queues.ts"

export interface SimulatedAsteriskOptions extends PbxOptions {
  /** Accounts. Default: `cti` with secret `cti-secret` who may do all, and `viewer` with `viewer-secret` who may see calls and agents. */
  readonly users?: ReadonlyArray<ManagerUser>
  /** How many of the latest actions are remembered. Default 10,000. */
  readonly recorded?: number
}

/** A call under way. Steps that do not fit do nothing. */
export interface SimulatedCall {
  /** Names of the channels. */
  readonly caller: string
  readonly callee: string
  readonly state: () => CallState
  readonly answer: Effect.Effect<void>
  /** The called phone puts the caller on hold, or takes him back. */
  readonly hold: (held: boolean) => Effect.Effect<void>
  /** Cause: 16 (default) normal, 17 busy, 19 no answer, 21 rejected. */
  readonly hangup: (cause?: number) => Effect.Effect<void>
}

export interface SimulatedQueueCall {
  /** Name of the caller's channel. */
  readonly caller: string
  readonly state: () => "waiting" | "up" | "ended"
  /** Interfaces of the members that ring. */
  readonly ringing: () => ReadonlyArray<string>
  /** A ringing member takes it. False: he does not ring. */
  readonly connect: (memberInterface: string) => Effect.Effect<boolean>
  readonly complete: (by: "agent" | "caller") => Effect.Effect<void>
  readonly abandon: Effect.Effect<void>
}

export interface AsteriskControl {
  /** A new connection. While Asterisk is down it is closed at once. */
  readonly connect: (handlers: AmiPipeHandlers) => AmiPipe
  readonly isRunning: () => boolean
  /** Connections that are open, logged in or not. */
  readonly connections: () => number

  // What it is asked, and what it has.
  /** The latest actions, oldest first, refused ones among them. */
  readonly actions: () => ReadonlyArray<RecordedAction>
  readonly forgetActions: Effect.Effect<void>
  readonly deviceState: (device: string) => DeviceState
  /** The number of 5.5, -1 without a hint. */
  readonly extensionStatus: (exten: string, context: string) => number
  readonly astDb: (family: string, key: string) => string | undefined
  readonly queueMembers: (queue: string) => ReadonlyArray<QueueMemberState>
  readonly queueLog: () => ReadonlyArray<QueueLogEntry>
  readonly calls: () => ReadonlyArray<SimulatedCall>
  /** Names of all channels. */
  readonly channels: () => ReadonlyArray<string>

  // What is set up. Nobody is told of a definition.
  readonly definePhone: (phone: PhoneSpec) => Effect.Effect<void>
  readonly defineHint: (hint: HintSpec) => Effect.Effect<void>
  /** The hint is gone from the dialplan: ExtensionStatus -2. */
  readonly removeHint: (exten: string, context: string) => Effect.Effect<void>
  readonly defineQueue: (queue: QueueSpec) => Effect.Effect<void>
  readonly defineMailbox: (mailbox: MailboxSpec) => Effect.Effect<void>
  /** Changes manager.conf; open sessions keep what they have. */
  readonly setUsers: (users: ReadonlyArray<ManagerUser>) => Effect.Effect<void>

  // What happens there.
  /** As `PRESENCE_STATE(provider)=value` in a dialplan; false: no such provider, or no such value. */
  readonly setPresence: (provider: string, value: string) => Effect.Effect<boolean>
  readonly setDeviceState: (device: string, state: DeviceState) => Effect.Effect<void>
  /** Undefined removes the entry. Asterisk tells nobody. */
  readonly setAstDb: (family: string, key: string, value: string | undefined) => Effect.Effect<void>
  /** Somebody else changes a queue. False: refused. */
  readonly addMember: (
    queue: string,
    member: { readonly interface: string; readonly name?: string; readonly stateInterface?: string; readonly penalty?: number }
  ) => Effect.Effect<boolean>
  readonly removeMember: (queue: string, memberInterface: string) => Effect.Effect<boolean>
  readonly pauseMember: (queue: string, memberInterface: string, paused: boolean) => Effect.Effect<boolean>
  readonly setVoicemail: (mailbox: string, context: string, newMessages: number, oldMessages?: number) => Effect.Effect<void>
  /** One phone dials another, which rings. An unknown device is somebody outside. */
  readonly ring: (from: string, to: string) => Effect.Effect<SimulatedCall>
  /** The same, and it is answered. */
  readonly call: (from: string, to: string) => Effect.Effect<SimulatedCall>
  /** A caller enters a queue and all available members ring. Null: no such queue. */
  readonly queueCall: (queue: string, from: string) => Effect.Effect<SimulatedQueueCall | null>
  /** A code dialled at a phone: `*78`, `*79` do not disturb; `*72<n>`, `*73`, `*90<n>`, `*91`, `*52<n>`, `*53` forwards. False: not one. */
  readonly dialFeatureCode: (device: string, code: string) => Effect.Effect<boolean>
  /** Any event, to all who may see this class. Values are not escaped. */
  readonly emit: (privilege: Privilege, event: string, headers: Headers) => Effect.Effect<void>
  /** Any bytes, to all connections. */
  readonly emitRaw: (bytes: Uint8Array) => Effect.Effect<void>
  /** Answers an action with these headers (the first is `Response`), or never, instead of running it; null: runs it again. */
  readonly answer: (action: string, answer: CannedAnswer | null) => Effect.Effect<void>

  // Life and death.
  /** All connections drop without a word. */
  readonly kill: Effect.Effect<void>
  /** Says `Shutdown`, then closes. */
  readonly stop: Effect.Effect<void>
  /**
   * Starts again after `kill` or `stop`. By default AstDB is kept and dynamic queue members are not (unless `persistentMembers`).
   * `booting: true`: the port is open and one can log in, but what modules bring is missing until `finishBooting`.
   */
  readonly start: (options?: {
    readonly keepDatabase?: boolean
    readonly keepMembers?: boolean
    readonly booting?: boolean
  }) => Effect.Effect<void>
  readonly finishBooting: Effect.Effect<void>
}
