/** Registrations of single objects for status messages (reference 3.9, 4.4). */
import type { DirectorySnapshot } from "../directory/directory.ts"
import { loginWord } from "../notify/notifier.ts"
import { type ClientCommand, objectId, type StatusKind } from "../protocol/client_command.ts"
import type { ServerMessage } from "../protocol/server_message.ts"
import type { Client, Handled } from "../session/client.ts"
import { maySee, type World } from "./world.ts"

/** Where the objects of a registration are listed. */
export const LIST_OF = { agent: "agents", endpoint: "phones", user: "users" } as const

/** Users may be named by uuid or, by older clients, by id. Null: not known here. */
export const knownId = (directory: DirectorySnapshot, kind: StatusKind, key: number | string): number | null => {
  switch (kind) {
    case "user": {
      const byUuid = typeof key === "string" ? directory.usersByUuid.get(key) : undefined
      if (byUuid !== undefined) return byUuid.id
      const id = objectId(key)
      return id !== null && directory.users.has(id) ? id : null
    }
    case "agent": {
      const id = objectId(key)
      return id !== null && directory.agents.has(id) ? id : null
    }
    case "endpoint": {
      const id = objectId(key)
      return id !== null && directory.lines.has(id) ? id : null
    }
  }
}

const present = (world: World, kind: StatusKind, id: number): ServerMessage => {
  switch (kind) {
    case "user":
      return world.notifier.statusOf(kind, id, world.presence.get(id))
    case "agent":
      return world.notifier.statusOf(kind, id, loginWord(world.pbx.state.agents.agent(id)))
    case "endpoint":
      return world.notifier.statusOf(kind, id, world.pbx.state.phone(id))
  }
}

/** What is registered is told at once, as it is now. Objects of other servers, unknown or invisible ones are left out. */
export const register = (
  world: World,
  client: Client,
  command: Extract<ClientCommand, { readonly _tag: "Register" }>
): Handled => {
  const messages: Array<ServerMessage> = []
  const server = world.directory.current().serverUuid
  for (const [owner, key] of command.keys) {
    const id = owner === server ? knownId(world.directory.current(), command.kind, key) : null
    if (id === null) continue
    if (!command.on) {
      world.notifier.unregister(client, command.kind, id)
      continue
    }
    if (!maySee(world, client, LIST_OF[command.kind], id)) continue
    world.notifier.register(client, command.kind, id)
    messages.push(present(world, command.kind, id))
  }
  return messages
}
