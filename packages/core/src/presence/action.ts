/** What a presence does on the PBX (reference 5.3). */

export type PresenceAction =
  | { readonly _tag: "DoNotDisturb"; readonly on: boolean }
  | { readonly _tag: "PauseAll"; readonly paused: boolean }
  | { readonly _tag: "AgentLogoff" }

/** Recognised names whose effect the original never had. */
const withoutEffect: ReadonlySet<string> = new Set([
  "enablevoicemail",
  "callrecord",
  "incallfilter",
  "enableunc",
  "enablebusy",
  "enablerna",
  "queueadd",
  "queueremove",
  "queuepause",
  "queueunpause"
])

/** Names that `readAction` turns into an effect. */
export const ACTION_NAMES = ["enablednd", "queuepause_all", "queueunpause_all", "agentlogoff"] as const

/** A configured action, or why it is skipped. The parameter of do not disturb counts only as exactly `true`. */
export const readAction = (name: string, parameter: string): PresenceAction | "without_effect" | "unknown" => {
  switch (name) {
    case "enablednd":
      return { _tag: "DoNotDisturb", on: parameter === "true" }
    case "queuepause_all":
      return { _tag: "PauseAll", paused: true }
    case "queueunpause_all":
      return { _tag: "PauseAll", paused: false }
    case "agentlogoff":
      return { _tag: "AgentLogoff" }
    default:
      return withoutEffect.has(name) ? "without_effect" : "unknown"
  }
}
