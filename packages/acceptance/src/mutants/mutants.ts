/**
 * Small defects in presence, parting and what presence does on the PBX, as a slip of the pen would make them: each has to break a law. A defect is a piece of text that
 * stands exactly once in its file, and what stands there instead.
 */

export interface Mutant {
  /** What is wrong then. */
  readonly name: string
  /** Below `packages`. */
  readonly file: string
  readonly right: string
  readonly wrong: string
}

const PRESENCE = "core/src/presence"
const AMI = "ami/src"

export const mutants: ReadonlyArray<Mutant> = [
  {
    name: "an unreachable presence is granted",
    file: `${PRESENCE}/reachability.ts`,
    right: "group.presences.get(from)?.allowed?.includes(to) ?? false",
    wrong: "group.presences.has(to)"
  },
  {
    name: "a presence never ends",
    file: `${PRESENCE}/presence_ends.ts`,
    right: "return this.#host.expire(userId, until)",
    wrong: "return Effect.void"
  },
  {
    name: "a note is told to clients that do not know of notes",
    file: "core/src/session/session_driver.ts",
    right: "wantsTerms = false",
    wrong: "wantsTerms = true"
  },
  {
    name: "a lost link runs the actions of disconnected",
    file: `${PRESENCE}/presence_rules.ts`,
    right: 'source: "2.9" },\n    noActions\n  )',
    wrong: 'source: "2.9" }\n  )'
  },
  {
    name: "the end of one of two sessions disconnects",
    file: `${PRESENCE}/presence_rules.ts`,
    right: "state.sessions.size > 1",
    wrong: "state.sessions.size > 2"
  },
  {
    name: "a reload makes everybody available who is lost",
    file: `${PRESENCE}/reachability.ts`,
    right: 'rules.reachability === "advisory" || reachable(before, presence, AVAILABLE)',
    wrong: "group.presences.has(AVAILABLE)"
  },
  {
    name: "an action that failed keeps the next from running",
    file: `${PRESENCE}/change.ts`,
    right: "return beginChange(state.rest)",
    wrong: 'return beginChange(event.end === "failed" ? nothing : state.rest)'
  },
  {
    name: "a late answer about do not disturb overwrites a newer one",
    file: "core/src/telephony/services_on_lines.ts",
    right: "if (isSet && wanted.get(key) === wish) tell",
    wrong: "if (isSet) tell"
  },
  {
    name: "changes of one user overtake each other",
    file: `${PRESENCE}/presence.ts`,
    right: "entry.turn\n          .withPermits(1)(change)\n          .pipe(",
    wrong: "change.pipe("
  },
  {
    name: "what waited during a reload is judged from a presence that is gone",
    file: `${PRESENCE}/presence.ts`,
    right: "        yield* regroup(entry, userId)\n        const user",
    wrong: "        const user"
  },
  {
    name: "somebody without a line acts on the PBX",
    file: `${PRESENCE}/presence.ts`,
    right: "beginChange(mayAct(user) ? actions : [])",
    wrong: "beginChange(actions)"
  },
  {
    name: "people without a line see each other",
    file: "core/src/parting/parting.ts",
    right: "(viewer !== null && viewer === subject)",
    wrong: "viewer === subject"
  },
  {
    name: "queue members belong where their agent does, not where their queue does",
    file: "core/src/parting/parting.ts",
    right: "directory.queuesByName.get(parts.queue)?.context",
    wrong: "directory.agentsByNumber.get(parts.member.slice(6))?.context"
  },
  {
    name: "whom a reload took away goes on hearing",
    file: "core/src/reload/reload.ts",
    right: "endSessions(stays)",
    wrong: ""
  },
  {
    name: "who has registered is told whatever he may see",
    file: "core/src/notify/notifier.ts",
    right: "if (separation && !visible(true, hearer.context(), own)) continue",
    wrong: ""
  },
  {
    name: "who moves to another company in a reload still hears the old one",
    file: "core/src/reload/reload.ts",
    right: "for (const { hearer } of group) notifier.join(hearer)",
    wrong: ""
  },
  {
    name: "a wish whose answer was lost with the link is forgotten",
    file: `${AMI}/wish_life.ts`,
    right: 'case "silence":\n    case "away":\n      return "waiting"',
    wrong: 'case "silence":\n      return "waiting"\n    case "away":\n      return "settled"'
  },
  {
    name: "a wish that waits stands in the way of a newer one",
    file: `${AMI}/wishes.ts`,
    right: 'if (older !== undefined) this.happens(older.wish, "replaced")',
    wrong: "if (older !== undefined) return"
  },
  {
    name: "what was set at a phone during an outage counts for more than what a client asked for",
    file: `${AMI}/line_presence.ts`,
    right: "missed: line.wanted !== null && (line.missed || !isThere(line, value))",
    wrong: "missed: false"
  },
  {
    name: "what phones show already is written again at every reading",
    file: `${AMI}/line_presence.ts`,
    right: '  if (isSameValue(there, wanted)) return "nothing"\n',
    wrong: ""
  }
]
