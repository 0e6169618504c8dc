/** Presence that a dialplan or a manager sets on `CustomPresence` providers. It lives in AstDB, so it outlives a restart that keeps it. */
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { Headers } from "./ami_packet.ts"
import type { Database } from "./database.ts"
import type { Hints } from "./hints.ts"
import type { Publish } from "./publisher.ts"

const STATUSES = ["not_set", "unavailable", "available", "away", "xa", "chat", "dnd"]
const CUSTOM = "CustomPresence:"
const CUSTOM_FAMILY = "CustomPresence"

export interface Presences {
  /** `away,lunch,back at 14`: status, subtype, message; with a fourth part `e` these two in base64. False: not a presence. */
  readonly set: (provider: string, value: string) => boolean
  readonly list: () => ReadonlyArray<Headers>
}

/** As Asterisk tells it; null: it takes no such value, one with a comma in its message above all. */
const read = (value: string): Headers | null => {
  const [status = "", subtype = "", message = "", ...options] = value.split(",")
  const option = options.join("")
  const [shownSubtype, shownMessage] = [subtype, message].map((text) =>
    option === "e" ? Base64.decodeString(text) : Result.succeed(text)
  )
  if (shownSubtype === undefined || shownMessage === undefined) return null
  if (!STATUSES.includes(status.trim()) || (option !== "" && option !== "e")) return null
  if (Result.isFailure(shownSubtype) || Result.isFailure(shownMessage)) return null
  return [
    ["Status", status.trim()],
    ["Subtype", shownSubtype.success],
    ["Message", shownMessage.success]
  ]
}

export const makePresences = (database: Database, hints: Hints, publish: Publish): Presences => ({
  set: (provider, value) => {
    const headers = read(value)
    if (!provider.startsWith(CUSTOM) || headers === null) return false
    database.put(CUSTOM_FAMILY, provider.slice(CUSTOM.length), value)
    publish("call", "PresenceStateChange", [["Presentity", provider], ...headers])
    for (const hint of hints.withPresence(provider)) {
      publish("call", "PresenceStatus", [["Exten", hint.exten], ["Context", hint.context], ["Hint", hint.hint], ...headers])
    }
    return true
  },
  list: () =>
    database
      .tree(CUSTOM_FAMILY, "")
      .map(([path, value]) => [["Presentity", `${CUSTOM}${path.slice(CUSTOM_FAMILY.length + 2)}`], ...(read(value) ?? [])])
})
