/**
 * The life of one change once it is stored, as a pure machine: its actions one after another, then it is published (reference 5.3,
 * 5.4). Events of the same user that come meanwhile wait until it is over.
 */
import type { Presence } from "./presence_group.ts"

/** An action as configured: its name and its parameter. */
export type ConfiguredAction = Presence["actions"][number]

/**
 * How an action ended. `done`: the PBX has it. `deferred`: the PBX is away; it gets the last wish when it is back. `failed`: the PBX
 * refused, or did not answer. `skipped`: unknown, without effect, or nothing of his to act on.
 */
export type ActionEnd = "done" | "deferred" | "failed" | "skipped"

export type ChangeState =
  /** `action` runs, `rest` comes after it. */
  | { readonly _tag: "Acting"; readonly action: ConfiguredAction; readonly rest: ReadonlyArray<ConfiguredAction> }
  /** It is told to those who may know. `rest` is begun too, in order, and not waited for. */
  | { readonly _tag: "Published"; readonly rest: ReadonlyArray<ConfiguredAction> }
  /** Its user is not declared any more: nobody is told. */
  | { readonly _tag: "Dropped" }

export type ChangeEvent =
  | { readonly _tag: "ActionEnded"; readonly end: ActionEnd }
  /** The time for all actions together is over. */
  | { readonly _tag: "DeadlinePassed" }
  /** A reload removed the user. */
  | { readonly _tag: "UserGone" }

const nothing: ReadonlyArray<ConfiguredAction> = []

/** A change with these actions begins. */
export const beginChange = (actions: ReadonlyArray<ConfiguredAction>): ChangeState => {
  const [action, ...rest] = actions
  return action === undefined ? { _tag: "Published", rest: nothing } : { _tag: "Acting", action, rest }
}

/** One step. However an action ended, the next one runs; what is over stays so. */
export const changeStep = (state: ChangeState, event: ChangeEvent): ChangeState => {
  if (state._tag !== "Acting") return state
  switch (event._tag) {
    case "ActionEnded":
      return beginChange(state.rest)
    case "DeadlinePassed":
      return { _tag: "Published", rest: state.rest }
    case "UserGone":
      return { _tag: "Dropped" }
  }
}
