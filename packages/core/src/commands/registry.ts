/** Which family serves a command of a signed-in client. */
import type { ClientCommand } from "../protocol/client_command.ts"
import { IPBX_ID, replied } from "../protocol/server_message.ts"
import { type Client, type Handled, ignore } from "../session/client.ts"
import { agentLogin, agentLogout, changeMembership, listen, pauseMember } from "./agents.ts"
import { callFormResult } from "./call_form.ts"
import { chat } from "./chat.ts"
import { getList } from "./lists.ts"
import { setPresence } from "./presence.ts"
import { register } from "./registrations.ts"
import { getRelations } from "./relations.ts"
import { putFeature } from "./services.ts"
import { mayAct, type World } from "./world.ts"

/** Commands of the session itself are served by its machine, not here. */
export type ServedCommand = Exclude<
  ClientCommand,
  { readonly _tag: "StartTls" | "LoginId" | "LoginPass" | "LoginCapas" | "Logout" }
>

export const serve = (world: World, client: Client, command: ServedCommand): Handled => {
  switch (command._tag) {
    case "KeepAlive":
      return [replied({ class: "keepalive", warning_string: "unimplemented" }, command.commandId)]
    case "GetIpbxList":
      return [replied({ class: "getipbxlist", ipbxlist: [IPBX_ID] }, command.commandId)]
    case "GetList":
      return getList(world, client, command)
    case "Register":
      return register(world, client, command)
    case "GetRelations":
      return getRelations(world, client)
  }
  if (!mayAct(world, client)) return ignore("a user without line does nothing while contexts are separated")
  world.presence.active(client.user.id)
  switch (command._tag) {
    case "SetPresence":
      return setPresence(world, client, command)
    case "PutFeature":
      return putFeature(world, client, command)
    case "AgentLogin":
      return agentLogin(world, client, command)
    case "AgentLogout":
      return agentLogout(world, client, command)
    case "PauseMember":
      return pauseMember(world, client, command)
    case "QueueAdd":
    case "QueueRemove":
      return changeMembership(world, client, command)
    case "Listen":
      return listen(world, client, command)
    case "Chat":
      return chat(world, client, command)
    case "CallFormResult":
      return callFormResult(world, client, command)
  }
}
