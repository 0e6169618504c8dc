/** `availstate` (reference 3.1, 5). */
import * as Effect from "effect/Effect"
import type { ClientCommand } from "../protocol/client_command.ts"
import { errorReply, updateStatus } from "../protocol/server_message.ts"
import { userStatus } from "../protocol/views.ts"
import { type Client, type Handled, nothing } from "../session/client.ts"
import type { World } from "./world.ts"

type SetPresence = Extract<ClientCommand, { readonly _tag: "SetPresence" }>

/** The broadcast is the acknowledgement. Only a refusal is answered: with the reason, and with what his presence is. */
export const setPresence = (world: World, client: Client, command: SetPresence): Handled =>
  world.presence.apply(client.user.id, { _tag: "Requested", presence: command.presence }).pipe(
    Effect.map((outcome) => {
      if (outcome !== "Refused") return nothing
      const present = world.presence.get(client.user.id)
      return [
        errorReply("availstate", `presence_unreachable:${present}:${command.presence}`),
        updateStatus("users", String(client.user.id), userStatus(present, true, client.version))
      ]
    })
  )
