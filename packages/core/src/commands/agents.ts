/** Agents and queues (reference 3.4). Objects outside the client's context do not exist for him. */
import * as Effect from "effect/Effect"
import { audited } from "../audit.ts"
import { type Agent, type Line, lineKey, mainLine } from "../directory/directory.ts"
import { type ClientCommand, idOf, objectId } from "../protocol/client_command.ts"
import { errorReply, type ServerMessage } from "../protocol/server_message.ts"
import { type Client, type Handled, ignore, nothing } from "../session/client.ts"
import type { TelephonyError } from "../telephony/telephony.ts"
import { maySee, userNow, type World } from "./world.ts"

type Command<Tag extends ClientCommand["_tag"]> = Extract<ClientCommand, { readonly _tag: Tag }>

const INVALID_EXTENSION: ReadonlyArray<ServerMessage> = [errorReply("ipbxcommand", "agent_login_invalid_exten")]
const EXTENSION_IN_USE: ReadonlyArray<ServerMessage> = [errorReply("ipbxcommand", "agent_login_exten_in_use")]

/** Absent, or `agent:special:me`: his own; else the id after the last `/`. */
const agentOf = (world: World, client: Client, xid: string | null): Agent | undefined => {
  const directory = world.directory.current()
  const id = xid === null || xid.endsWith(":special:me") ? userNow(directory, client).agentId : objectId(idOf(xid))
  if (id === null || !maySee(world, client, "agents", id)) return undefined
  return directory.agents.get(id)
}

/** What the PBX does not do is logged, and told only where there are words for it. */
const attempt = (
  client: Client,
  operation: string,
  effect: Effect.Effect<unknown, TelephonyError>,
  replies: (error: TelephonyError) => typeof nothing = () => nothing
): Effect.Effect<typeof nothing> =>
  effect.pipe(
    Effect.as(nothing),
    Effect.catch((error) =>
      Effect.logWarning("queue operation failed").pipe(
        Effect.annotateLogs({ user: client.user.login, operation, reason: error.reason, detail: error.message }),
        Effect.as(replies(error))
      )
    )
  )

/** The extension given, or the first main extension of the agent's user, in the context of the one who asks. */
const loginLine = (world: World, client: Client, agent: Agent, extension: string | null): Line | undefined => {
  const directory = world.directory.current()
  const own = mainLine(directory, userNow(directory, client))
  if (own === null) return undefined
  const user = directory.usersByAgent.get(agent.id)
  const number = extension ?? (user === undefined ? undefined : mainLine(directory, user)?.number)
  return number === undefined ? undefined : directory.linesByExtension.get(lineKey(number, own.context))
}

export const agentLogin = (world: World, client: Client, command: Command<"AgentLogin">): Handled => {
  const agent = agentOf(world, client, command.agent)
  if (agent === undefined) return INVALID_EXTENSION
  const line = loginLine(world, client, agent, command.extension)
  if (line === undefined) return INVALID_EXTENSION
  if (world.pbx.state.agents.agent(agent.id).login !== null) return nothing
  if (world.pbx.state.agents.lineTaken(line.device, agent.number)) return EXTENSION_IN_USE
  return attempt(client, "agentlogin", world.telephony.agentLogin(agent, line), ({ reason }) =>
    // by somebody whom the PBX has not told yet
    reason === "taken" ? EXTENSION_IN_USE : nothing
  )
}

export const agentLogout = (world: World, client: Client, command: Command<"AgentLogout">): Handled => {
  const agent = agentOf(world, client, command.agent)
  return agent === undefined ? INVALID_EXTENSION : attempt(client, "agentlogout", world.telephony.agentLogoff(agent))
}

/** `all` is null; undefined: no queue that he may know of. */
const queueOf = (world: World, client: Client, xid: string): string | null | undefined => {
  const id = idOf(xid)
  if (id === "all") return null
  const number = objectId(id)
  if (number === null || !maySee(world, client, "queues", number)) return undefined
  return world.directory.current().queues.get(number)?.name
}

export const pauseMember = (world: World, client: Client, command: Command<"PauseMember">): Handled => {
  const agent = agentOf(world, client, command.member)
  const queue = queueOf(world, client, command.queue)
  if (agent === undefined || queue === undefined) return ignore("pause of an unknown agent or queue")
  return attempt(client, "queuepause", world.telephony.pauseAgent(agent, queue, command.paused))
}

export const changeMembership = (
  world: World,
  client: Client,
  command: Command<"QueueAdd"> | Command<"QueueRemove">
): Handled => {
  const agent = agentOf(world, client, command.member)
  const queue = queueOf(world, client, command.queue)
  if (agent === undefined || queue === undefined || queue === null) return ignore("membership of an unknown agent or queue")
  if (command._tag === "QueueRemove") return attempt(client, "queueremove", world.telephony.queueRemove(agent, queue))
  const penalty = agent.queues.find((entry) => entry.queue === queue)?.penalty ?? 1
  return attempt(client, "queueadd", world.telephony.queueAdd(agent, queue, penalty))
}

/** Nothing happens for an agent who is not logged in, or a user without line. */
export const listen = (world: World, client: Client, command: Command<"Listen">): Handled => {
  const agent = agentOf(world, client, command.agent)
  const directory = world.directory.current()
  const line = mainLine(directory, userNow(directory, client))
  if (agent === undefined || line === null) return ignore("listen without agent or line")
  if (world.pbx.state.agents.agent(agent.id).login === null) return ignore("listen to an agent who is not logged in")
  return Effect.andThen(
    Effect.logInfo("listen").pipe(Effect.annotateLogs(audited("listen", { user: client.user.login, agent: agent.number }))),
    attempt(client, "listen", world.telephony.listen(line, agent))
  )
}
