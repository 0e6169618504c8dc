/** Services of users that no PBX keeps: each is set by the user's own command, as long as he is logged in. */
import { isArray, isObject, type JsonObject } from "./json.ts"
import type { StoredState } from "./stored_state.ts"

const FORWARDS = ["unc", "rna", "busy"]

const isOn = (value: unknown): boolean => value === 1 || value === true

const commandsOf = (user: JsonObject): ReadonlyArray<JsonObject> => [
  ...(isOn(user.incallfilter) ? [{ class: "featuresput", function: "incallfilter", value: true }] : []),
  // the destination of a forward that is off
  ...FORWARDS.flatMap((name) => {
    const destination = user[`dest${name}`] ?? ""
    return destination === "" || isOn(user[`enable${name}`])
      ? []
      : [{ class: "featuresput", function: "fwd", value: { [`enable${name}`]: false, [`dest${name}`]: destination } }]
  })
]

/** The commands by which users come to have what is stored of them. */
export const ownServices = (
  stored: StoredState
): ReadonlyArray<{ readonly user: string; readonly commands: ReadonlyArray<JsonObject> }> =>
  (isArray(stored.users) ? stored.users : [])
    .filter((user) => isObject(user))
    .map((user) => ({ user: String(user.id), commands: commandsOf(user) }))
