/** The simulated Asterisk behind a vector: what the stored objects and the run-time state make of it. */
import { type DirectoryData, lineKey } from "@ctid/core/directory/directory"
import type { NonAcdCall } from "@ctid/core/telephony/telephony"
import type { Header } from "@ctid/simulator/asterisk/ami_packet"
import type { SimulatedAsterisk, SimulatedAsteriskOptions } from "@ctid/simulator/asterisk/simulated_asterisk"
import * as Effect from "effect/Effect"
import { isArray, isObject, type JsonObject } from "./json.ts"
import type { AgentActivity, LoggedAgent, RunState } from "./run_state.ts"
import type { StoredState } from "./stored_state.ts"

/** The account with which the server under test signs in. */
export const MANAGER = { username: "vectors", secret: "vectors-secret", read: "all", write: "all" } as const

/**
 * It reports nothing of phones and mailboxes: what is known of them is what a vector says, and before that nothing (reference 5.5, 3.2).
 */
export const asteriskOptions = (data: DirectoryData, stored: StoredState): SimulatedAsteriskOptions => ({
  users: [MANAGER],
  queues: data.queues.map((queue) => ({
    name: queue.name,
    members: queue.staticMembers.map(({ member, penalty }) => ({ interface: member, penalty }))
  })),
  database: services(data, stored)
})

const isOn = (object: JsonObject, key: string): boolean => object[key] === 1 || object[key] === true

const storedUsers = (stored: StoredState): ReadonlyArray<JsonObject> =>
  isArray(stored.users) ? stored.users.filter((user) => isObject(user)) : []

/** Extensions of the user's lines. */
const extensions = (data: DirectoryData, user: JsonObject): ReadonlyArray<string> =>
  data.lines.filter((line) => line.userId === user.id).map((line) => line.number)

const FORWARDS = [
  ["unc", "CF"],
  ["busy", "CFB"],
  ["rna", "CFU"]
] as const

/** Services that are on, where a dialplan keeps them. */
const services = (data: DirectoryData, stored: StoredState): ReadonlyArray<readonly [string, string, string]> =>
  storedUsers(stored).flatMap((user) =>
    extensions(data, user).flatMap((exten) => [
      ...(isOn(user, "enablednd") ? [["DND", exten, "YES"] as const] : []),
      ...FORWARDS.flatMap(([name, family]) =>
        isOn(user, `enable${name}`) ? [[family, exten, String(user[`dest${name}`] ?? "")] as const] : []
      )
    ])
  )

/** The first presence of a session may have switched do not disturb off: it is on again where the stored objects say so. */
export const restoreServices = (asterisk: SimulatedAsterisk, data: DirectoryData, stored: StoredState): Effect.Effect<void> =>
  Effect.forEach(
    storedUsers(stored).filter((user) => isOn(user, "enablednd")),
    (user) =>
      Effect.forEach(extensions(data, user), (exten) =>
        asterisk.setAstDb("DND", exten, "YES").pipe(Effect.andThen(asterisk.setDeviceState(`Custom:DND${exten}`, "BUSY")))
      ),
    { discard: true }
  )

const numberOf = (data: DirectoryData, agentId: number): string | undefined =>
  data.agents.find((agent) => agent.id === agentId)?.number

const stateInterface = (data: DirectoryData, agent: LoggedAgent): string => {
  const key = lineKey(agent.extension, agent.context)
  const line = data.lines.find((one) => lineKey(one.number, one.context) === key)
  return agent.stateInterface ?? line?.device ?? agent.interface
}

/** A member of all his queues. */
const join = (asterisk: SimulatedAsterisk, data: DirectoryData, agentId: number, login: LoggedAgent): Effect.Effect<void> => {
  const agent = data.agents.find((one) => one.id === agentId)
  return Effect.forEach(
    agent?.queues ?? [],
    ({ queue, penalty }) =>
      asterisk.addMember(queue, {
        interface: login.interface,
        name: `Agent/${agent?.number}`,
        stateInterface: stateInterface(data, login),
        penalty
      }),
    { discard: true }
  )
}

/** His memberships: queue and interface. */
export const memberships = (
  asterisk: SimulatedAsterisk,
  data: DirectoryData
): ReadonlyArray<{ readonly queue: string; readonly interface: string; readonly name: string }> =>
  data.queues.flatMap((queue) =>
    asterisk.queueMembers(queue.name).map((member) => ({ queue: queue.name, interface: member.interface, name: member.name }))
  )

/** He is a member of no queue any more. */
export const leave = (asterisk: SimulatedAsterisk, data: DirectoryData, number: string): Effect.Effect<void> =>
  Effect.forEach(
    memberships(asterisk, data).filter((member) => member.name === `Agent/${number}`),
    (member) => asterisk.removeMember(member.queue, member.interface),
    { discard: true }
  )

type AgentsLogged = NonNullable<RunState["agentsLogged"]>

/** Exactly these agents are members of their queues, as they should be; who is so already is left alone. */
export const setAgentsLogged = (asterisk: SimulatedAsterisk, data: DirectoryData, agents: AgentsLogged): Effect.Effect<void> =>
  Effect.forEach(
    data.agents,
    (agent) => {
      const login = agents.get(agent.id)
      const present = memberships(asterisk, data).filter((member) => member.name === `Agent/${agent.number}`)
      const right = login !== undefined && present.length > 0 && present.every((one) => one.interface === login.interface)
      if (right) return Effect.void
      const out = leave(asterisk, data, agent.number)
      return login === undefined ? out : Effect.andThen(out, join(asterisk, data, agent.id, login))
    },
    { discard: true }
  )

/** Agents without a queue of their own are reported as logged in, as an agent service would. */
export const reportAgentsLogged = (
  asterisk: SimulatedAsterisk,
  data: DirectoryData,
  agents: AgentsLogged
): Effect.Effect<void> =>
  Effect.forEach(
    data.agents.filter((agent) => agent.queues.length === 0),
    (agent) => {
      const login = agents.get(agent.id)
      return login === undefined
        ? Effect.void
        : asterisk.emit("user", "UserEvent", [
            ["UserEvent", "AgentLogin"],
            ["AgentID", String(agent.id)],
            ["AgentNumber", agent.number],
            ["Extension", login.extension]
          ])
    },
    { discard: true }
  )

/** A call of his phone with another line, or with somebody outside. */
const call = (
  asterisk: SimulatedAsterisk,
  data: DirectoryData,
  member: { readonly queue: string; readonly interface: string } | undefined,
  { direction, internal }: NonAcdCall
): Effect.Effect<void> => {
  const own = asterisk.queueMembers(member?.queue ?? "").find((one) => one.interface === member?.interface)?.stateInterface
  const other = internal ? data.lines.find((line) => line.device !== own)?.device : "PJSIP/outside"
  if (own === undefined || other === undefined) return Effect.void
  return Effect.asVoid(direction === "outgoing" ? asterisk.call(own, other) : asterisk.call(other, own))
}

/** What the agents are doing: queue calls and wrap-up are told by events, pauses are kept by the queues. */
export const setAgentState = (
  asterisk: SimulatedAsterisk,
  data: DirectoryData,
  states: ReadonlyMap<number, AgentActivity>
): Effect.Effect<void> =>
  Effect.forEach(
    states,
    ([agentId, activity]) => {
      const name = `Agent/${numberOf(data, agentId)}`
      const own = memberships(asterisk, data).filter((member) => member.name === name)
      const about = (first: { readonly queue: string; readonly interface: string } | undefined): ReadonlyArray<Header> => [
        ["Queue", first?.queue ?? data.queues[0]?.name ?? ""],
        ["MemberName", name],
        ["Interface", first?.interface ?? name]
      ]
      const pauses = Effect.forEach(own, (member) => asterisk.pauseMember(member.queue, member.interface, activity.paused), {
        discard: true
      })
      const otherCall = activity.nonAcdCall === null ? Effect.void : call(asterisk, data, own[0], activity.nonAcdCall)
      const wrapUp = asterisk.emit("agent", "AgentComplete", [...about(own[0]), ["WrapupTime", "3600"], ["TalkTime", "1"]])
      const queueCall = asterisk.emit("agent", "AgentConnect", [...about(own[0]), ["HoldTime", "1"]])
      return pauses.pipe(
        Effect.andThen(activity.onWrapUp ? wrapUp : Effect.void),
        Effect.andThen(activity.onAcdCall ? queueCall : Effect.void),
        Effect.andThen(otherCall)
      )
    },
    { discard: true }
  )

/** How the next login of an agent ends. An unknown extension is one that no line has: there is nothing to prepare. */
const setLoginResult = (
  asterisk: SimulatedAsterisk,
  data: DirectoryData,
  result: RunState["agentLoginResult"]
): Effect.Effect<void> => {
  const queue = data.queues[0]?.name ?? ""
  if (result === "already_in_use") {
    return Effect.forEach(
      data.lines,
      (line) =>
        asterisk.addMember(queue, {
          interface: `Local/${line.number}@${line.context}`,
          // agents nobody has declared
          name: `Agent/elsewhere-${line.id}`,
          stateInterface: line.device
        }),
      { discard: true }
    )
  }
  if (result !== "already_logged") return Effect.void
  return Effect.forEach(
    data.users,
    (user) => {
      const line = data.lines.find((one) => one.id === user.lineIds[0])
      return user.agentId === null || line === undefined
        ? Effect.void
        : join(asterisk, data, user.agentId, {
            extension: line.number,
            context: line.context,
            interface: `Local/${line.number}@${line.context}`,
            stateInterface: null
          })
    },
    { discard: true }
  )
}

/** Who is a member, and what is answered; what the state does not set is left as it is. */
export const prepareAsterisk = (asterisk: SimulatedAsterisk, data: DirectoryData, state: RunState): Effect.Effect<void> =>
  (state.agentsLogged === undefined ? Effect.void : setAgentsLogged(asterisk, data, state.agentsLogged)).pipe(
    Effect.andThen(setLoginResult(asterisk, data, state.agentLoginResult)),
    Effect.andThen(setAnswers(asterisk, state))
  )

/** Canned answers, by action. */
const setAnswers = (asterisk: SimulatedAsterisk, state: RunState): Effect.Effect<void> =>
  Effect.forEach(state.amiReply ?? new Map(), ([action, headers]) => asterisk.answer(action, headers), { discard: true })
