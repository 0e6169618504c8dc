/** Presence that a dialplan or a manager sets on `CustomPresence` providers. */
import type { Headers } from "./ami_packet.ts"
import type { Hints } from "./hints.ts"
import type { Publish } from "./publisher.ts"

const STATUSES = ["not_set", "unavailable", "available", "away", "xa", "chat", "dnd"]

export interface Presences {
  /** `away,lunch,back at 14`: status, subtype, message. False: not a presence. */
  readonly set: (provider: string, value: string) => boolean
  readonly list: () => ReadonlyArray<Headers>
  readonly restart: () => void
}

export const makePresences = (hints: Hints, publish: Publish): Presences => {
  const presences = new Map<string, Headers>()
  return {
    set: (provider, value) => {
      const [status = "", subtype = "", ...message] = value.split(",")
      if (!provider.startsWith("CustomPresence:") || !STATUSES.includes(status)) return false
      const headers: Headers = [
        ["Status", status],
        ["Subtype", subtype],
        ["Message", message.join(",")]
      ]
      presences.set(provider, [["Presentity", provider], ...headers])
      publish("call", "PresenceStateChange", [["Presentity", provider], ...headers])
      for (const hint of hints.withPresence(provider)) {
        publish("call", "PresenceStatus", [["Exten", hint.exten], ["Context", hint.context], ["Hint", hint.hint], ...headers])
      }
      return true
    },
    list: () => [...presences.values()],
    restart: () => presences.clear()
  }
}
