/** `getlist` (reference 3.2, 6.3): ids, configs and statuses of what the client may see. */
import type { DirectorySnapshot } from "../directory/directory.ts"
import { type ClientCommand, isListName, type ListName, objectId } from "../protocol/client_command.ts"
import { listIds, updateConfig, updateStatus } from "../protocol/server_message.ts"
import {
  agentConfig,
  agentStatus,
  memberConfig,
  memberIds,
  phoneConfig,
  phoneStatus,
  queueConfig,
  queueStatus,
  userConfig,
  userStatus,
  voicemailConfig,
  voicemailStatus
} from "../protocol/views.ts"
import { type Client, type Handled, ignore } from "../session/client.ts"
import { maySee, type World } from "./world.ts"

type GetList = Extract<ClientCommand, { readonly _tag: "GetList" }>

const idsOf = (directory: DirectorySnapshot, world: World, list: ListName): ReadonlyArray<number | string> => {
  switch (list) {
    case "users":
      return directory.data.users.map((user) => user.id)
    case "phones":
      return directory.data.lines.map((line) => line.id)
    case "agents":
      return directory.data.agents.map((agent) => agent.id)
    case "queues":
      return directory.data.queues.map((queue) => queue.id)
    case "voicemails":
      return directory.data.voicemails.map((voicemail) => voicemail.id)
    case "queuemembers":
      return memberIds(directory, world.pbx.state)
    case "meetmes":
      return []
  }
}

const configOf = (directory: DirectorySnapshot, world: World, client: Client, list: ListName, id: number | string): object => {
  const number = Number(id)
  switch (list) {
    case "users": {
      const user = directory.users.get(number)
      return user === undefined ? {} : userConfig(directory, world.pbx.state, user, client.version)
    }
    case "phones": {
      const line = directory.lines.get(number)
      return line === undefined ? {} : phoneConfig(line, client.version)
    }
    case "agents": {
      const agent = directory.agents.get(number)
      return agent === undefined ? {} : agentConfig(agent)
    }
    case "queues": {
      const queue = directory.queues.get(number)
      return queue === undefined ? {} : queueConfig(queue)
    }
    case "voicemails": {
      const voicemail = directory.voicemails.get(number)
      return voicemail === undefined ? {} : voicemailConfig(voicemail, client.version)
    }
    case "queuemembers":
      return memberConfig(directory, world.pbx.state, String(id)) ?? {}
    case "meetmes":
      return {}
  }
}

const statusOf = (
  directory: DirectorySnapshot,
  world: World,
  client: Client,
  list: ListName,
  id: number | string
): object | null => {
  const number = Number(id)
  const { state } = world.pbx
  switch (list) {
    case "users":
      return directory.users.has(number)
        ? userStatus(world.presence.get(number), world.presence.connected(number), client.version)
        : {}
    case "phones":
      return directory.lines.has(number) ? phoneStatus(state.phone(number), client.version) : {}
    case "agents":
      return directory.agents.has(number) ? agentStatus(directory, state.agents.agent(number), client.version) : {}
    case "queues": {
      const queue = directory.queues.get(number)
      return queue === undefined ? {} : queueStatus(directory, state, queue)
    }
    case "voicemails":
      return directory.voicemails.has(number) ? voicemailStatus(state.voicemail(number), client.version) : {}
    case "queuemembers":
      return memberConfig(directory, state, String(id))
    case "meetmes":
      return {}
  }
}

/** Ids are numbers, but for queue members. Null: nothing can be meant by it. */
const keyOf = (list: ListName, id: string | number | null): string | number | null =>
  list === "queuemembers" ? (id === null ? null : String(id)) : objectId(id)

export const getList = (world: World, client: Client, command: GetList): Handled => {
  const directory = world.directory.current()
  const list = isListName(command.list) ? command.list : null
  switch (command.function) {
    case "listid":
      if (list === null) return ignore("getlist of an unknown list")
      return [
        listIds(
          list,
          idsOf(directory, world, list).flatMap((id) => (maySee(world, client, list, id) ? [String(id)] : []))
        )
      ]
    case "updateconfig":
      return [updateConfig(command.list, command.id, visibleObject(world, client, list, command.id, configOf, {}) ?? {})]
    case "updatestatus":
      return [
        updateStatus(
          command.list,
          command.id,
          visibleObject(world, client, list, command.id, statusOf, list === "queuemembers" ? null : {})
        )
      ]
    default:
      return ignore("getlist with an unknown function")
  }
}

const visibleObject = (
  world: World,
  client: Client,
  list: ListName | null,
  id: string | number | null,
  read: (directory: DirectorySnapshot, world: World, client: Client, list: ListName, id: number | string) => object | null,
  hidden: object | null
): object | null => {
  const key = list === null ? null : keyOf(list, id)
  if (list === null || key === null || !maySee(world, client, list, key)) return hidden
  return read(world.directory.current(), world, client, list, key)
}
