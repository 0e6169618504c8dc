/** `get_relations` (reference 4.9): what else a user is, so that his client can register for it. */
import { mainLine } from "../directory/directory.ts"
import type { Client, Handled } from "../session/client.ts"
import { userNow, type World } from "./world.ts"

export const getRelations = (world: World, client: Client): Handled => {
  const directory = world.directory.current()
  const user = userNow(directory, client)
  const data = {
    xivo_uuid: directory.serverUuid,
    user_id: String(user.id),
    endpoint_id: mainLine(directory, user)?.id ?? null,
    agent_id: user.agentId
  }
  return [{ class: "relations", data }]
}
