/** What a PBX has to hold in the end, after the changes of one person: the specification (reference 5.3). */
import { type Actions, askedBy } from "../presence/specification.ts"

/** What changes of a person's presence have asked for last. */
export interface Wanted {
  /** Null: nothing has been asked. */
  readonly doNotDisturb: boolean | null
  /** Null: nothing has been asked. */
  readonly paused: boolean | null
  /** Somebody who was logged off stays so, and is neither paused nor not. */
  readonly loggedOff: boolean
}

export const nothingWanted: Wanted = { doNotDisturb: null, paused: null, loggedOff: false }

/** After one more change with these actions, whatever became of the link meanwhile. */
export const wantedAfter = (wanted: Wanted, actions: Actions): Wanted => {
  let { doNotDisturb, loggedOff, paused } = wanted
  for (const action of actions) {
    const asked = askedBy(action) ?? {}
    doNotDisturb = asked.doNotDisturb ?? doNotDisturb
    paused = asked.paused ?? paused
    loggedOff = asked.loggedOff ?? loggedOff
  }
  return { doNotDisturb, loggedOff, paused }
}
