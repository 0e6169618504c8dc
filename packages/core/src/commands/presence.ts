/** `availstate` (reference 3.1, 5). */
import * as Effect from "effect/Effect"
import { mayEnd, reduceNote } from "../presence/presence_terms.ts"
import type { ClientCommand } from "../protocol/client_command.ts"
import { errorReply, type ServerMessage, updateStatus } from "../protocol/server_message.ts"
import { userStatus } from "../protocol/views.ts"
import { type Client, type Handled, nothing } from "../session/client.ts"
import { mayAct, type World } from "./world.ts"

type SetPresence = Extract<ClientCommand, { readonly _tag: "SetPresence" }>

/** The broadcast is the acknowledgement. Only a refusal is answered: with the reason, and with what his presence is. */
export const setPresence = (world: World, client: Client, command: SetPresence): Handled => {
  const { presence, until } = command
  const refused = (reason: string): ReadonlyArray<ServerMessage> => {
    // a reload while it waited for its turn: now it would not be heard at all
    if (!mayAct(world, client)) return nothing
    const present = world.presence.get(client.user.id)
    return [
      errorReply("availstate", reason),
      updateStatus("users", String(client.user.id), userStatus(present, true, client.version))
    ]
  }
  if (until !== null && !mayEnd(until, world.notifier.now())) return refused(`presence_until:${until}`)
  const note = reduceNote(command.note)
  const terms = { ...(note === "" ? {} : { note }), ...(until === null ? {} : { until }) }
  return Effect.map(world.presence.apply(client.user.id, { _tag: "Requested", presence, ...terms }), (outcome) =>
    outcome === "Refused" ? refused(`presence_unreachable:${world.presence.get(client.user.id)}:${presence}`) : nothing
  )
}
