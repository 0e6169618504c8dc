/** `chitchat` (reference 3.10, 4.12): a text from one user to another, to all clients of his. */
import type { ClientCommand } from "../protocol/client_command.ts"
import { type Client, type Handled, ignore, nothing } from "../session/client.ts"
import { maySee, type World } from "./world.ts"

export const chat = (world: World, client: Client, command: Extract<ClientCommand, { readonly _tag: "Chat" }>): Handled => {
  const { usersByUuid, serverUuid } = world.directory.current()
  const [server, user] = command.to
  const recipient = server.toLowerCase() === serverUuid ? usersByUuid.get(user.toLowerCase()) : undefined
  if (recipient === undefined || !maySee(world, client, "users", recipient.id)) return ignore("chat to nobody who is known")
  const { alias, text } = command
  const [from, to] = [
    [serverUuid, client.user.uuid],
    [serverUuid, recipient.uuid]
  ] as const
  world.notifier.tell(world.notifier.hearersOf(recipient.id), [{ class: "chitchat", from, to, alias, text }])
  world.events.publish({ _tag: "Chat", from, to, alias, text })
  return nothing
}
