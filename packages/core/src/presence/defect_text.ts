/** Says what is wrong with a presence group, in words. */
import { didYouMean } from "../config/did_you_mean.ts"
import { ACTION_NAMES } from "./action.ts"
import type { Eyes } from "./colour_distance.ts"
import type { DraftGroup, Lasting, PresenceDefect } from "./presence_defect.ts"
import { AVAILABLE, DISCONNECTED } from "./presence_group.ts"

/** `a`, `a and b`, `a, b and c` */
export const listed = (names: ReadonlyArray<string>): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`

const kinds: ReadonlyArray<readonly [eyes: Eyes, kind: string]> = [
  ["protanope", "red-blind"],
  ["deuteranope", "green-blind"],
  ["tritanope", "blue-blind"]
]

const alike = (other: string, eyes: ReadonlyArray<Eyes>): string =>
  eyes.includes("trichromat")
    ? `its colour cannot be told from that of ${other} in a small dot`
    : `${listed(kinds.flatMap(([kind, name]) => (eyes.includes(kind) ? [name] : [])))} people cannot tell its colour from that of ${other} in a small dot`

/** `donotdisturb -> link lost -> available` */
const story = (way: ReadonlyArray<string>): string =>
  way.map((name, at) => (name === DISCONNECTED && at > 0 ? "link lost" : name)).join(" -> ")

const lastingWords: Readonly<Record<Lasting, readonly [stays: string, ends: string, itself: string]>> = {
  do_not_disturb: ["do not disturb stays on", "switch it off", "switches do not disturb on"],
  pause: ["the agent stays paused", "unpause him", "pauses the agent"]
}

const stays = (lasting: Lasting, presences: ReadonlyArray<string>, way: ReadonlyArray<string>): string => {
  const [staysOn, ends, itself] = lastingWords[lasting]
  return presences.includes(AVAILABLE)
    ? `who is ${AVAILABLE} is not: it ${itself}`
    : `${staysOn} after ${listed(presences)}: ${AVAILABLE} does not ${ends} (${story(way)})`
}

/** One defect of a group in a sentence without a full stop. */
export const describeDefect = (group: DraftGroup, defect: PresenceDefect): string => {
  switch (defect.rule) {
    case "missing_presence":
      return `found none, expected a presence ${defect.missing} in each group`
    case "unknown_presence":
      return `found ${JSON.stringify(defect.named)}, expected a presence of this group: ${didYouMean(defect.named, [...group.presences.keys()])}`
    case "listed_twice":
      return `${defect.named} is there for the second time, and so in the menu`
    case "unreachable": {
      const others = defect.after.length === 0 ? "" : `, and so none to ${listed(defect.after)}`
      return `unreachable: no way leads from ${AVAILABLE} to ${listed(defect.presences)}${others}`
    }
    case "one_way_street": {
      const others = defect.before.length === 0 ? "" : `, and so none from ${listed(defect.before)}`
      return `a one-way street: no way leads from ${listed(defect.presences)} back to ${AVAILABLE}${others}`
    }
    case "automatic_twice":
      return `found another one, expected ${defect.cause} for one presence of a group (${defect.other} has it)`
    case "automatic_disconnected":
      return `found ${JSON.stringify(defect.cause)}, expected null: ${DISCONNECTED} is who has no session`
    case "automatic_in_vain":
      return `${defect.cause} in vain: ${AVAILABLE} does not allow ${defect.presence}, so the system does not take it from there`
    case "no_display_text":
      return "no display text: people read the name"
    case "same_display_text":
      return `the display text of ${defect.other}`
    case "colours_alike":
      return alike(defect.other, defect.eyes)
    case "unknown_action":
      return `an unknown action, which is skipped; expected ${didYouMean(defect.action, ACTION_NAMES)}`
    case "action_without_effect":
      return "this action has no effect and is skipped"
    case "action_parameter":
      return `${JSON.stringify(defect.parameter)} counts as false: only true switches do not disturb on`
    case "pause_and_unpause":
      return "pauses and unpauses: the last one counts"
    case "left_on":
      return stays(defect.lasting, defect.presences, defect.way)
  }
}
