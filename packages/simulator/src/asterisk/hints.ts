/** Extensions that watch devices. */
import type { Headers } from "./ami_packet.ts"
import { aggregate, extensionStatus, statusText } from "./device_state.ts"
import type { Devices } from "./devices.ts"
import type { Publish } from "./publisher.ts"

/** `exten => 1003,hint,PJSIP/1003&Custom:DND1003,CustomPresence:1003` */
export interface HintSpec {
  readonly exten: string
  readonly context: string
  /** Devices joined by `&`, then optionally a comma and a presence provider. */
  readonly hint: string
}

interface Hint extends HintSpec {
  readonly devices: ReadonlyArray<string>
  readonly presence: string
  status: number
}

export interface Hints {
  /** Adds a hint, or changes what it watches. */
  readonly define: (spec: HintSpec) => void
  readonly remove: (exten: string, context: string) => void
  /** Headers of an extension; status -1 and no hint for an unknown one. */
  readonly headers: (exten: string, context: string) => Headers
  readonly list: () => ReadonlyArray<HintSpec & { readonly status: number }>
  /** Hints that show this presence provider. */
  readonly withPresence: (provider: string) => ReadonlyArray<HintSpec>
  /** Works out all states anew, silently. */
  readonly restart: () => void
}

const statusHeaders = (exten: string, context: string, hint: string, status: number): Headers => [
  ["Exten", exten],
  ["Context", context],
  ["Hint", hint],
  ["Status", String(status)],
  ["StatusText", statusText(status)]
]

export const makeHints = (devices: Devices, publish: Publish): Hints => {
  const hints = new Map<string, Hint>()
  const compute = (hint: Pick<Hint, "devices">): number => extensionStatus(aggregate(hint.devices.map(devices.get)))
  const refresh = (hint: Hint): void => {
    const status = compute(hint)
    if (status === hint.status) return
    hint.status = status
    publish("call", "ExtensionStatus", statusHeaders(hint.exten, hint.context, hint.hint, status))
  }
  devices.watch((device) => {
    for (const hint of hints.values()) if (hint.devices.includes(device)) refresh(hint)
  })
  return {
    define: (spec) => {
      const comma = spec.hint.indexOf(",")
      const watched = comma < 0 ? spec.hint : spec.hint.slice(0, comma)
      const parts = {
        devices: watched.split("&").filter((device) => device !== ""),
        presence: comma < 0 ? "" : spec.hint.slice(comma + 1)
      }
      hints.set(`${spec.exten}@${spec.context}`, { ...spec, ...parts, status: compute(parts) })
    },
    remove: (exten, context) => {
      const hint = hints.get(`${exten}@${context}`)
      if (hint === undefined) return
      hints.delete(`${exten}@${context}`)
      publish("call", "ExtensionStatus", [
        ["Exten", exten],
        ["Context", context],
        ["Hint", hint.hint],
        ["Status", "-2"],
        ["StatusText", "Unknown"]
      ])
    },
    headers: (exten, context) => {
      const hint = hints.get(`${exten}@${context}`)
      return hint === undefined ? statusHeaders(exten, context, "", -1) : statusHeaders(exten, context, hint.hint, hint.status)
    },
    list: () => [...hints.values()],
    withPresence: (provider) => [...hints.values()].filter((hint) => hint.presence === provider),
    restart: () => {
      for (const hint of hints.values()) hint.status = compute(hint)
    }
  }
}
