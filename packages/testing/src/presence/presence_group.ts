/**
 * A presence group, written down shortly.
 *
 * @example
 * ```ts
 * import { presenceGroup } from "@ctid/testing"
 *
 * const group = presenceGroup("reception", {
 *   available: { text: "Free", color: "#08FD20", allowed: ["lunch"], actions: { enablednd: "false" } },
 *   lunch: { allowed: ["available"], actions: { enablednd: "true" } },
 *   disconnected: {}
 * })
 * console.log([...group.presences.keys()])
 * ```
 */
import type { PresenceDefinition, PresenceGroup } from "@ctid/core"

export interface PresenceText {
  /** What people read. Default: the presence's name. */
  readonly text?: string
  /** `#RRGGBB`, default a grey. */
  readonly color?: string
  /** Presences that may be chosen from here. Default: not configured, none. */
  readonly allowed?: ReadonlyArray<string>
  /** Action name -> parameter, in the order in which they run. */
  readonly actions?: Readonly<Record<string, string>>
}

const definition = (
  name: string,
  { text = name, color = "#808080", allowed, actions = {} }: PresenceText
): PresenceDefinition => ({
  name,
  longName: text,
  color,
  allowed: allowed ?? null,
  actions: Object.entries(actions)
})

/** The group of this name with these presences, in this order (reference 5.1). */
export const presenceGroup = (name: string, presences: Readonly<Record<string, PresenceText>>): PresenceGroup => ({
  name,
  presences: new Map(Object.entries(presences).map(([presence, text]) => [presence, definition(presence, text)]))
})
