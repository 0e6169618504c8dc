/** An Asterisk in memory that speaks AMI as bytes, over whatever carries them. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ActionSpec, Reply } from "./action.ts"
import type { ActionRequest, Headers } from "./ami_packet.ts"
import { callActions } from "./call_actions.ts"
import type { CallState, CallSteps } from "./calls.ts"
import { commandAction } from "./command_action.ts"
import { coreActions } from "./core_actions.ts"
import { databaseActions } from "./database_actions.ts"
import type { DeviceState } from "./device_state.ts"
import { runFeatureCode } from "./feature_codes.ts"
import type { HintSpec } from "./hints.ts"
import type { MailboxSpec } from "./mailboxes.ts"
import { type CannedAnswer, type ManagerSession, type ManagerUser, makeManagerSession } from "./manager_session.ts"
import { makePbx, type Pbx, type PbxOptions, type PhoneSpec, type QueueLogEntry } from "./pbx.ts"
import type { Privilege } from "./privilege.ts"
import { queueActions } from "./queue_actions.ts"
import type { QueueCallSteps } from "./queue_calls.ts"
import type { QueueMemberState } from "./queue_member.ts"
import type { QueueSpec } from "./queues.ts"
import { stateActions } from "./state_actions.ts"

export interface SimulatedAsteriskOptions extends PbxOptions {
  /** Accounts. Default: `cti` with secret `cti-secret` who may do all, and `viewer` with `viewer-secret` who may see calls and agents. */
  readonly users?: ReadonlyArray<ManagerUser>
  /** How many of the latest actions are remembered. Default 10,000. */
  readonly recorded?: number
}

/** The client's end of a connection to the manager port. */
export interface AmiPipe {
  /** Bytes to Asterisk. What it answers comes through `onBytes` before this returns, unless it was called from `onBytes`. */
  readonly write: (bytes: Uint8Array) => void
  readonly close: () => void
}

export interface AmiPipeHandlers {
  /** Everything that Asterisk says in one go comes as one chunk. The greeting comes before `connect` returns. */
  readonly onBytes: (bytes: Uint8Array) => void
  /** Called once, last, also after our own `close`. */
  readonly onClose: () => void
}

/** An action as Asterisk got it. */
export interface RecordedAction {
  /** As written: `QueueAdd`. */
  readonly name: string
  /** In order, `Action` and `ActionID` among them. */
  readonly headers: Headers
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

export interface SimulatedAsterisk {
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

const DEFAULT_USERS: ReadonlyArray<ManagerUser> = [
  { username: "cti", secret: "cti-secret", read: "all", write: "all" },
  { username: "viewer", secret: "viewer-secret", read: "call,agent,user", write: "reporting" }
]

const GREETING = "Asterisk Call Manager/11.0.0\r\n"

interface Connection {
  readonly session: ManagerSession
  readonly handlers: AmiPipeHandlers
  output: Array<Uint8Array>
  ended: boolean
}

const join = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const [first] = chunks
  if (chunks.length === 1 && first !== undefined) return first
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    joined.set(chunk, at)
    at += chunk.length
  }
  return joined
}

const build = (options: SimulatedAsteriskOptions, clock: Clock.Clock): SimulatedAsterisk => {
  const encoder = new TextEncoder()
  const connections = new Set<Connection>()
  const recorded: Array<RecordedAction> = []
  const limit = options.recorded ?? 10_000
  const canned = new Map<string, CannedAnswer>()
  let users = options.users ?? DEFAULT_USERS
  let running = true
  let challenges = 0
  const now = (): number => Math.floor(clock.currentTimeMillisUnsafe() / 1000)

  // Events wait while an action runs, so that its response comes first.
  let held: Array<() => void> | null = null
  const publish = (privilege: Privilege, event: string, headers: Headers): void => {
    const deliver = (): void => {
      for (const connection of connections) connection.session.event(privilege, event, headers)
    }
    if (held === null) deliver()
    else held.push(deliver)
  }
  const hold = (action: () => Reply): { readonly reply: Reply; readonly release: () => void } => {
    const events: Array<() => void> = []
    held = events
    const reply = action()
    held = null
    return {
      reply,
      release: () => {
        for (const deliver of events) deliver()
      }
    }
  }

  // What is said in one go leaves together; handlers that write while they are called are served by the outermost loop.
  let flushing = false
  const flush = (): void => {
    if (flushing) return
    flushing = true
    for (let busy = true; busy; ) {
      busy = false
      for (const connection of [...connections]) {
        if (connection.output.length > 0) {
          const bytes = join(connection.output)
          connection.output = []
          busy = true
          connection.handlers.onBytes(bytes)
        }
        if (connection.ended && connection.output.length === 0 && connections.delete(connection)) {
          busy = true
          connection.handlers.onClose()
        }
      }
    }
    flushing = false
  }
  const act = <A>(step: () => A): Effect.Effect<A> =>
    Effect.sync(() => {
      const result = step()
      flush()
      return result
    })

  const pbx: Pbx = makePbx(options, publish, now)
  const actions = new Map<string, ActionSpec>()
  for (const action of [
    ...coreActions(pbx, () => clock.currentTimeMillisUnsafe() * 1000),
    ...queueActions(pbx),
    ...stateActions(pbx),
    ...databaseActions(pbx),
    ...callActions(pbx),
    commandAction(pbx)
  ]) {
    actions.set(action.name.toLowerCase(), action)
  }

  const uptime = (): string => String(now() - pbx.startedAt())

  const connect = (handlers: AmiPipeHandlers): AmiPipe => {
    if (!running) {
      handlers.onClose()
      return { write: () => {}, close: () => {} }
    }
    const send = (text: string): void => {
      if (!connection.ended) connection.output.push(encoder.encode(text))
    }
    const end = (): void => {
      connection.ended = true
    }
    const session = makeManagerSession({
      users: () => users,
      actions,
      hasModule: pbx.hasModule,
      booted: () =>
        pbx.isBooting()
          ? null
          : [
              ["Uptime", uptime()],
              ["LastReload", uptime()],
              ["Status", "Fully Booted"]
            ],
      challenge: () => String(100_000_000 + ++challenges),
      canned: (action) => canned.get(action),
      record: (request: ActionRequest) => {
        recorded.push({ name: request.get("Action"), headers: request.headers })
        if (recorded.length > limit) recorded.shift()
      },
      hold,
      send,
      close: end
    })
    const connection: Connection = { session, handlers, output: [], ended: false }
    connections.add(connection)
    send(GREETING)
    flush()
    return {
      write: (bytes) => {
        if (connection.ended) return
        session.push(bytes)
        flush()
      },
      close: () => {
        connection.output = []
        end()
        flush()
      }
    }
  }

  const drop = (): void => {
    running = false
    for (const connection of connections) connection.ended = true
  }

  const asCall = (steps: CallSteps): SimulatedCall => ({
    caller: steps.caller.name,
    callee: steps.callee.name,
    state: steps.state,
    answer: act(steps.answer),
    hold: (on) => act(() => steps.hold(on)),
    hangup: (cause = 16) => act(() => steps.hangup(cause))
  })
  const asQueueCall = (steps: QueueCallSteps): SimulatedQueueCall => ({
    caller: steps.caller.name,
    state: steps.state,
    ringing: steps.ringing,
    connect: (memberInterface) => act(() => steps.connect(memberInterface)),
    complete: (by) => act(() => steps.complete(by)),
    abandon: act(steps.abandon)
  })
  const ring = (from: string, to: string): CallSteps => pbx.calls.ring(pbx.partyOn(from), pbx.partyOn(to))

  return {
    connect,
    isRunning: () => running,
    connections: () => connections.size,
    actions: () => [...recorded],
    forgetActions: act(() => {
      recorded.length = 0
    }),
    deviceState: pbx.devices.get,
    extensionStatus: (exten, context) =>
      pbx.hints.list().find((hint) => hint.exten === exten && hint.context === context)?.status ?? -1,
    astDb: pbx.database.get,
    queueMembers: (queue) => [...(pbx.queues.get(queue)?.members.values() ?? [])],
    queueLog: () => [...pbx.queueLog],
    calls: () => pbx.calls.list().map(asCall),
    channels: () => pbx.channels.list().map((channel) => channel.name),
    definePhone: (phone) => act(() => pbx.definePhone(phone)),
    defineHint: (hint) => act(() => pbx.hints.define(hint)),
    removeHint: (exten, context) => act(() => pbx.hints.remove(exten, context)),
    defineQueue: (queue) => act(() => pbx.queues.define(queue)),
    defineMailbox: (mailbox) => act(() => pbx.mailboxes.define(mailbox)),
    setUsers: (changed) =>
      act(() => {
        users = changed
      }),
    setDeviceState: (device, state) => act(() => pbx.devices.set(device, state)),
    setAstDb: (family, key, value) =>
      act(() => {
        if (value === undefined) pbx.database.remove(family, key)
        else pbx.database.put(family, key, value)
      }),
    addMember: (queue, member) =>
      act(() => {
        const { interface: dialled, name = dialled, stateInterface = dialled, penalty = 0 } = member
        return pbx.queues.add(queue, { interface: dialled, name, stateInterface, penalty, paused: false }) === null
      }),
    removeMember: (queue, memberInterface) => act(() => pbx.queues.remove(queue, memberInterface) === null),
    pauseMember: (queue, memberInterface, paused) => act(() => pbx.queues.pause(queue, memberInterface, paused, "")),
    setVoicemail: (mailbox, context, newMessages, oldMessages = 0) =>
      act(() => pbx.mailboxes.set(mailbox, context, newMessages, oldMessages)),
    ring: (from, to) => act(() => asCall(ring(from, to))),
    call: (from, to) =>
      act(() => {
        const steps = ring(from, to)
        steps.answer()
        return asCall(steps)
      }),
    queueCall: (queue, from) =>
      act(() => {
        const steps = pbx.queueCalls.enter(queue, pbx.partyOn(from))
        return steps === null ? null : asQueueCall(steps)
      }),
    dialFeatureCode: (device, code) => act(() => runFeatureCode(pbx, pbx.partyOn(device).number, code)),
    emit: (privilege, event, headers) => act(() => publish(privilege, event, headers)),
    emitRaw: (bytes) =>
      act(() => {
        for (const connection of connections) if (!connection.ended) connection.output.push(bytes)
      }),
    answer: (action, answer) =>
      act(() => {
        if (answer === null) canned.delete(action.toLowerCase())
        else canned.set(action.toLowerCase(), answer)
      }),
    kill: act(() => {
      for (const connection of connections) connection.output = []
      drop()
    }),
    stop: act(() => {
      publish("system", "Shutdown", [
        ["Shutdown", "Cleanly"],
        ["Restart", "False"]
      ])
      drop()
    }),
    start: ({ keepDatabase = true, keepMembers = false, booting = false } = {}) =>
      act(() => {
        if (running) return
        pbx.setBooting(booting)
        pbx.restart({ database: keepDatabase, members: keepMembers })
        running = true
      }),
    finishBooting: act(() => {
      if (!pbx.isBooting()) return
      pbx.setBooting(false)
      publish("system", "FullyBooted", [
        ["Status", "Fully Booted"],
        ["Uptime", uptime()],
        ["LastReload", uptime()]
      ])
    })
  }
}

export const SimulatedAsterisk: {
  /** A running Asterisk with these phones, hints and queues; its clock is Effect's. */
  readonly make: (options?: SimulatedAsteriskOptions) => Effect.Effect<SimulatedAsterisk>
} = {
  make: (options = {}) => Effect.map(Clock.Clock, (clock) => build(options, clock))
}
