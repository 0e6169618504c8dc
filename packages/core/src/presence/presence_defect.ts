/** What can be wrong with a presence group, as data. */
import type { Eyes } from "./colour_distance.ts"
import type { AutomaticCause } from "./presence_group.ts"

/** A presence as it was written, which may be wrong: what is missing is null. A `Presence` is one. */
export interface DraftPresence {
  readonly name: string
  /** Null: not written. People then read the name. */
  readonly longName: string | null
  /** `#RRGGBB`; null: not written so. */
  readonly color: string | null
  readonly allowed: ReadonlyArray<string> | null
  readonly actions: ReadonlyArray<readonly [name: string, parameter: string]>
  /** When the system takes it; absent or null: never. */
  readonly automatic?: AutomaticCause | null
}

/** A presence group as it was written. A `PresenceGroup` is one. */
export interface DraftGroup {
  readonly name: string
  readonly presences: ReadonlyMap<string, DraftPresence>
}

/** What a presence leaves behind on the phone until another one ends it. */
export type Lasting = "do_not_disturb" | "pause"

export type PresenceDefect =
  /** `available` and `disconnected` always exist (reference 5.1). */
  | { readonly rule: "missing_presence"; readonly missing: string }
  /** `allowed[at]` is no presence of the group. */
  | { readonly rule: "unknown_presence"; readonly presence: string; readonly at: number; readonly named: string }
  /** `allowed[at]` was named before: clients show it twice in the menu. */
  | { readonly rule: "listed_twice"; readonly presence: string; readonly at: number; readonly named: string }
  /**
   * No way leads from `available` to these, which lead to each other. `after`: other unreachable presences, which follow
   * from these.
   */
  | { readonly rule: "unreachable"; readonly presences: ReadonlyArray<string>; readonly after: ReadonlyArray<string> }
  /** No way leads from these, which lead to each other, to `available`. `before`: presences that are caught because they lead here. */
  | { readonly rule: "one_way_street"; readonly presences: ReadonlyArray<string>; readonly before: ReadonlyArray<string> }
  /** The system cannot take two at once. */
  | { readonly rule: "automatic_twice"; readonly presence: string; readonly other: string; readonly cause: AutomaticCause }
  /** It is the presence of everybody without a session, and the system takes one for who has a session. */
  | { readonly rule: "automatic_disconnected"; readonly presence: string; readonly cause: AutomaticCause }
  /** `allowed` of `available` does not lead to it, so from there the system never takes it. */
  | { readonly rule: "automatic_in_vain"; readonly presence: string; readonly cause: AutomaticCause }
  | { readonly rule: "no_display_text"; readonly presence: string }
  | { readonly rule: "same_display_text"; readonly presence: string; readonly other: string }
  /** In a dot of the size that clients show; by which eyes. */
  | {
      readonly rule: "colours_alike"
      readonly presence: string
      readonly other: string
      readonly eyes: ReadonlyArray<Eyes>
    }
  | { readonly rule: "unknown_action"; readonly presence: string; readonly action: string }
  /** A name that the original knew and never did anything for (reference 5.3). */
  | { readonly rule: "action_without_effect"; readonly presence: string; readonly action: string }
  /** `enablednd` counts only `true`; everything else switches off. */
  | {
      readonly rule: "action_parameter"
      readonly presence: string
      readonly action: string
      readonly parameter: string
    }
  /** One presence does both; the last one lasts. */
  | { readonly rule: "pause_and_unpause"; readonly presence: string }
  /**
   * These switch it on, and it still is on in `available`: `way` leads there from the first of them and nothing on it switches it off.
   * A way through `disconnected` is a link that breaks, which runs no actions, and a new login.
   */
  | {
      readonly rule: "left_on"
      readonly lasting: Lasting
      readonly presences: ReadonlyArray<string>
      /** The action of the first of them. */
      readonly action: string
      readonly way: ReadonlyArray<string>
    }
