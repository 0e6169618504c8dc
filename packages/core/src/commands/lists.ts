/** `getlist` (reference 3.2, 6.3): ids, configs and statuses of what the client may see. */
import type { DirectorySnapshot } from "../directory/directory.ts"
import { visible } from "../parting/parting.ts"
import { type ClientCommand, isListName, type ListName, objectId } from "../protocol/client_command.ts"
import { listedConfig, listedIds } from "../protocol/list_objects.ts"
import { listIds, updateConfig, updateStatus } from "../protocol/server_message.ts"
import {
  agentStatus,
  type MayName,
  memberConfig,
  phoneStatus,
  queueStatus,
  termsStatus,
  userStatus,
  voicemailStatus
} from "../protocol/views.ts"
import { type Client, type Handled, ignore } from "../session/client.ts"
import { maySee, type World } from "./world.ts"

type GetList = Extract<ClientCommand, { readonly _tag: "GetList" }>

const configOf = (directory: DirectorySnapshot, world: World, client: Client, list: ListName, id: number | string): object =>
  listedConfig(directory, world.pbx.state, client.version, list, id)

const statusOf = (
  directory: DirectorySnapshot,
  world: World,
  client: Client,
  list: ListName,
  id: number | string
): object | null => {
  const number = Number(id)
  const { state } = world.pbx
  const { contextSeparation } = world.settings.current()
  const mayName: MayName = (context) => visible(contextSeparation, client.context(), context)
  switch (list) {
    case "users":
      return directory.users.has(number)
        ? {
            ...userStatus(world.presence.get(number), world.presence.connected(number), client.version),
            ...(client.wantsTerms ? termsStatus(world.presence.terms(number)) : {})
          }
        : {}
    case "phones":
      return directory.lines.has(number) ? phoneStatus(state.phone(number), client.version) : {}
    case "agents":
      return directory.agents.has(number) ? agentStatus(directory, state.agents.agent(number), client.version, mayName) : {}
    case "queues": {
      const queue = directory.queues.get(number)
      return queue === undefined ? {} : queueStatus(directory, state, queue, mayName)
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
          listedIds(directory, world.pbx.state, list).flatMap((id) => (maySee(world, client, list, id) ? [String(id)] : []))
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
