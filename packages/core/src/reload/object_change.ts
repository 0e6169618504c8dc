/** A change of one object, as the administration pages tell it (reference 8.1). */
import * as Effect from "effect/Effect"
import { LiveConfig, type LiveValues, type ObjectName } from "../config/live_config.ts"
import { CtiServer } from "../cti_server.ts"

/**
 * `add` and `edit` show the object, with what `values` declare now; an edit is announced even if nothing is another. `delete` hides it
 * until everything is read anew, whatever is declared. What clients know already is not told twice. False: there is no such object.
 */
export const changeObject = Effect.fnUntraced(function* (
  object: ObjectName,
  change: "add" | "edit" | "delete",
  values?: LiveValues
): Effect.fn.Return<boolean, never, LiveConfig | CtiServer> {
  const server = yield* CtiServer
  // at once: whoever watches would take it over without knowing what was edited
  const takeOver = server.reload(change === "edit" ? object : undefined)
  return yield* (yield* LiveConfig).setObject(object, { state: change === "delete" ? "hidden" : "shown", values, takeOver })
})
