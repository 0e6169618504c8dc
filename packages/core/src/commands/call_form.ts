/** `call_form_result` (reference 3.10): a form of a call pop-up, for whoever reads the server's events. */
import type { ClientCommand } from "../protocol/client_command.ts"
import { type Client, type Handled, nothing } from "../session/client.ts"
import type { World } from "./world.ts"

/** How the names of a form's fields begin; others are not the form's. */
const PREFIX = "XIVOFORM_"

export const callFormResult = (
  world: World,
  client: Client,
  command: Extract<ClientCommand, { readonly _tag: "CallFormResult" }>
): Handled => {
  const variables = Object.entries(command.variables).flatMap(([name, value]) =>
    name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), value] as const] : []
  )
  world.events.publish({ _tag: "CallFormResult", userId: client.userId, variables: Object.fromEntries(variables) })
  return nothing
}
