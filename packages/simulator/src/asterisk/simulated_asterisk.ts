/** An Asterisk in memory that speaks AMI as bytes, over whatever carries them. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ActionSpec } from "./action.ts"
import type { AsteriskControl, SimulatedAsteriskOptions, SimulatedCall, SimulatedQueueCall } from "./asterisk_control.ts"
import { callActions } from "./call_actions.ts"
import type { CallSteps } from "./calls.ts"
import { commandAction } from "./command_action.ts"
import { coreActions } from "./core_actions.ts"
import { databaseActions } from "./database_actions.ts"
import { runFeatureCode } from "./feature_codes.ts"
import { makeManagerPort } from "./manager_port.ts"
import type { ManagerUser } from "./manager_session.ts"
import { makePbx } from "./pbx.ts"
import { queueActions } from "./queue_actions.ts"
import type { QueueCallSteps } from "./queue_calls.ts"
import { stateActions } from "./state_actions.ts"

export type * from "./asterisk_control.ts"
export type { AmiPipe, AmiPipeHandlers, RecordedAction } from "./manager_port.ts"

const DEFAULT_USERS: ReadonlyArray<ManagerUser> = [
  { username: "cti", secret: "cti-secret", read: "all", write: "all" },
  { username: "viewer", secret: "viewer-secret", read: "call,agent,user", write: "reporting" }
]

const build = (options: SimulatedAsteriskOptions, clock: Clock.Clock): SimulatedAsterisk => {
  let users = options.users ?? DEFAULT_USERS
  const now = (): number => Math.floor(clock.currentTimeMillisUnsafe() / 1000)
  const { publish, listen } = makeManagerPort()
  const pbx = makePbx(options, publish, now)
  const uptime = (): string => String(now() - pbx.startedAt())

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

  const port = listen({
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
    recorded: options.recorded ?? 10_000
  })

  /** A step from outside; what it makes Asterisk say is said before the effect ends. */
  const act = <A>(step: () => A): Effect.Effect<A> =>
    Effect.sync(() => {
      const result = step()
      port.flush()
      return result
    })

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
    connect: port.connect,
    isRunning: port.isOpen,
    connections: port.connections,
    actions: port.recorded,
    forgetActions: act(port.forget),
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
    setPresence: (provider, value) => act(() => pbx.presences.set(provider, value)),
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
    emitRaw: (bytes) => act(() => port.broadcast(bytes)),
    answer: (action, answer) => act(() => port.setAnswer(action, answer)),
    kill: act(() => port.shut(true)),
    stop: act(() => {
      publish("system", "Shutdown", [
        ["Shutdown", "Cleanly"],
        ["Restart", "False"]
      ])
      port.shut(false)
    }),
    start: ({ keepDatabase = true, keepMembers = false, booting = false } = {}) =>
      act(() => {
        if (port.isOpen()) return
        pbx.setBooting(booting)
        pbx.restart({ database: keepDatabase, members: keepMembers })
        port.open()
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

export type SimulatedAsterisk = AsteriskControl

export const SimulatedAsterisk: {
  /** A running Asterisk with these phones, hints and queues; its clock is Effect's. */
  readonly make: (options?: SimulatedAsteriskOptions) => Effect.Effect<SimulatedAsterisk>
} = {
  make: (options = {}) => Effect.map(Clock.Clock, (clock) => build(options, clock))
}
