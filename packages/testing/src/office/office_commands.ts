/** What may happen in an office, as commands of fast-check: each is played on the model and on the system, and both are compared. */
import type { PresenceDefinition } from "@ctid/core"
import { DISCONNECTED } from "@ctid/core/presence/presence_group"
import fc from "fast-check"
import { UNKNOWN_PRESENCE } from "../presence/presence_arbitraries.ts"
import { compareHappening, compareReload, compareShown } from "./compare.ts"
import { lineIdOf, type Office, userIdOf } from "./office.ts"
import { agentsOf, type Expected, type OfficeModel, watches } from "./office_model.ts"
import type { AgentMove, OfficeSystem, PbxMood, Request } from "./office_system.ts"

/** One happening, in an office as it is now. */
interface Step {
  readonly who: string
  readonly what: string
  /** What it comes to. */
  readonly model: () => Expected
  readonly system: (system: OfficeSystem) => Promise<void>
  /** A session that looks at its lists for the first time. */
  readonly looks?: number
  /** Lists are told: only what is asked of the PBX is compared, in any order, and what is shown then. */
  readonly relists?: boolean
  /** It happens to several people, who do not wait for each other. */
  readonly atOnce?: boolean
}

/** Null: it cannot happen now. */
type Plan = (model: OfficeModel) => Step | null

const nobody: Expected = { told: [], asked: [], refused: null }

class Happening implements fc.AsyncCommand<OfficeModel, OfficeSystem> {
  readonly #plan: Plan
  /** Empty until it has happened. */
  told: { readonly who: string; readonly what: string } | null = null

  constructor(plan: Plan) {
    this.#plan = plan
  }

  check(model: OfficeModel): boolean {
    return this.#plan(model) !== null
  }

  async run(model: OfficeModel, system: OfficeSystem): Promise<void> {
    const step = this.#plan(model)
    if (step === null) return
    this.told = step
    const expected = step.model()
    if (expected.refused !== null) this.told = { who: step.who, what: `${step.what} (refused)` }
    await step.system(system)
    await system.see(async () => {
      if (step.relists === true) compareReload(model, system, expected)
      else compareHappening(model, system, expected, step.atOnce)
      if (step.looks === undefined) await compareShown(model, system)
    })
    if (step.looks !== undefined) {
      await system.look(step.looks)
      if (system.registers) model.register(step.looks)
      await system.see(() => compareShown(model, system))
    }
    // what a look at the lists, or a reload, told has been compared as what is shown
    system.forget()
  }

  /** Played once; another one for the next time. */
  [fc.cloneMethod](): this {
    return new Happening(this.#plan) as this // there are no classes below it
  }

  toString(): string {
    return this.told === null ? "" : `${this.told.who}: ${this.told.what}`
  }
}

const pick = <A>(items: ReadonlyArray<A>, at: number): A | undefined => items[at % Math.max(1, items.length)]

/** A presence of his group, or one that it does not have. */
const presenceAt = (model: OfficeModel, name: string, at: number): string =>
  pick([...model.groupOf(name).presences.keys(), DISCONNECTED, UNKNOWN_PRESENCE], at) ?? UNKNOWN_PRESENCE

const signIn =
  (person: number, presenceIndex: number): Plan =>
  (model) => {
    const who = pick(
      model.office.people.filter(({ group }) => group !== null),
      person
    )
    if (who === undefined) return null
    const { name } = who
    const presence = presenceAt(model, name, presenceIndex)
    const session = model.opened + 1
    return {
      who: name,
      what: `signs in as ${presence}`,
      model: () => model.signIn(session, name, presence),
      system: (system) => system.signIn(session, name, presence),
      looks: session
    }
  }

/** Something that a session does. */
const bySession =
  (at: number, act: (model: OfficeModel, session: number, name: string) => Omit<Step, "who">): Plan =>
  (model) => {
    const found = pick([...model.sessions], at)
    if (found === undefined) return null
    const [session, { name }] = found
    const his = [...model.sessions].filter(([, other]) => other.name === name)
    const which = his.length === 1 ? "" : ` (session ${session})`
    const step = act(model, session, name)
    return { ...step, who: name, what: `${step.what}${which}` }
  }

/**
 * How long a presence with an end lasts, and how much time passes at once: both far longer than a PBX that hangs is waited for. Where
 * somebody looks each second for who does nothing, no PBX hangs.
 */
const spans = ({ watched }: OfficeModel): { readonly lasts: number; readonly passes: number; readonly apart: number } =>
  watched ? { lasts: 60, passes: 100, apart: 3 } : { lasts: 600, passes: 700, apart: 10 }

/** What comes with a presence: nothing, something that is said, or also an end. */
type Terms = "plain" | "note" | "end"

const choose = (at: number, presenceIndex: number, terms: Terms): Plan =>
  bySession(at, (model, session, name) => {
    // no two people's presences end at the same moment
    const { apart, lasts } = spans(model)
    const until = terms === "end" ? { until: model.now + lasts + apart * userIdOf(name) } : {}
    const request: Request = {
      presence: presenceAt(model, name, presenceIndex),
      ...(terms === "plain" ? {} : { note: `says ${name}`, ...until })
    }
    const and = { plain: "", note: ", with a note", end: ", with an end" }[terms]
    return {
      what: `${model.presence(name)} -> ${request.presence}${and}`,
      model: () => model.choose(session, request),
      system: (system) => system.choose(session, request)
    }
  })

const passTime: Plan = (model) => {
  const { passes } = spans(model)
  return {
    who: "time",
    what: `${passes} s pass`,
    model: () => model.passTime(passes),
    system: (system) => system.passTime(passes),
    atOnce: true
  }
}

const logOut = (at: number, stays: boolean): Plan =>
  bySession(at, (model, session) => ({
    what: "logs out",
    model: () => {
      const expected = model.logOut(session)
      if (!stays) model.hangUp(session)
      return expected
    },
    system: (system) => system.logOut(session)
  }))

const hangUp = (at: number): Plan =>
  bySession(at, (model, session) => ({
    what: "link lost",
    model: () => model.hangUp(session),
    system: (system) => system.hangUp(session)
  }))

const impose =
  (person: number, presenceIndex: number): Plan =>
  (model) => {
    const name = pick(model.office.people, person)?.name
    if (name === undefined) return null
    const presence = presenceAt(model, name, presenceIndex)
    return {
      who: name,
      what: `is set to ${presence}`,
      model: () => model.impose(name, presence),
      system: (system) => system.impose(name, presence)
    }
  }

const phone =
  (person: number, line: number, state: number): Plan =>
  (model) => {
    // mostly of somebody who is there
    const there = [...model.sessions.values()].flatMap(({ name }) => model.person(name) ?? [])
    const who = pick([...there, ...there, ...model.office.people], person)
    const at = line % Math.max(1, who?.lines.length ?? 0)
    if (who === undefined || who.lines[at] == null) return null
    const id = lineIdOf(who.name, at)
    return {
      who: who.name,
      what: `phone ${id} is in state ${state}`,
      model: () => model.setPhone(id, String(state)),
      system: (system) => system.phone(id, state)
    }
  }

const agent =
  (at: number, move: AgentMove): Plan =>
  (model) => {
    const found = pick(agentsOf(model.office), at)
    if (found === undefined) return null
    const [name] = found
    return {
      who: name,
      what: `the agent ${move}`,
      model: () => {
        model.moveAgent(name, move)
        return nobody
      },
      system: (system) => system.agent(name, move)
    }
  }

const mood =
  (next: PbxMood): Plan =>
  (model) => {
    if (next === "hangs" && model.watched) return null
    return {
      who: "the PBX",
      what: next === "away" ? "is away" : next,
      model: () => {
        model.hung ||= next === "hangs"
        return nobody
      },
      system: (system) => system.pbx(next)
    }
  }

const reload =
  (office: Office): Plan =>
  (model) => {
    if (model.hung && watches(office)) return null
    return {
      who: "a reload",
      what: [describeOffice(office), ...describeGroups(office)].join("; "),
      model: () => model.reload(office),
      system: (system) => system.reload(office),
      relists: true
    }
  }

/** `alice (acme), bob (bolt, no agent)` */
export const describeOffice = ({ people, rules, separation }: Office): string => {
  const persons = people.map(({ agent: agentContext, group, lines, name }) => {
    const where = lines.map((context) => context ?? "no such line").join(" and ") || "no line"
    const more = [...(agentContext === null ? [] : [`agent of ${agentContext}`]), ...(group === null ? ["no profile"] : [])]
    return `${name} (${[where, ...more].join(", ")})`
  })
  const unusual = [
    ...(separation ? ["contexts are separated"] : []),
    ...(rules.reachability === "advisory" ? ["reachability is advisory"] : []),
    ...(rules.disconnectOn === "any" ? ["any session's end disconnects"] : [])
  ]
  return [...persons, ...unusual].join(", ")
}

/** When the system takes it. */
const whenText = ({ automatic, idleAfter = 0 }: PresenceDefinition): string => {
  if (automatic === "on_the_phone") return " (while talking)"
  return automatic === "idle" ? ` (idle for ${idleAfter / 1000} s)` : ""
}

/** `alice has available {enablednd false} -> away, lunch; ...`, for each group that somebody has. */
export const describeGroups = ({ groups, people }: Office): ReadonlyArray<string> =>
  groups.flatMap(({ presences }, at) => {
    const names = people.filter(({ group }) => group === at).map(({ name }) => name)
    const texts = [...presences].map(([name, presence]) => {
      const { actions, allowed } = presence
      const does = actions.map(([action, parameter]) => `${action} ${parameter}`.trim()).join(", ")
      return `${name}${whenText(presence)}${does === "" ? "" : ` {${does}}`} -> ${allowed?.join(", ") || "nothing"}`
    })
    return names.length === 0 ? [] : [`${names.join(" and ")}: ${texts.join("; ")}`]
  })

export interface CommandChoices {
  readonly reloads: fc.Arbitrary<Office>
  /** Also a PBX that is away, refuses or never answers. Default true. */
  readonly moods?: boolean
  /** Whether a connection stays, and hears, after a logout. Default true; clients of `@ctid/client` leave. */
  readonly stays?: boolean
  /** Also presences with an end, and time that passes. Default true. */
  readonly time?: boolean
}

const at = fc.nat(11)
const two = fc.tuple(at, at)
const calls = fc.tuple(at, at, fc.constantFrom(0, 0, 1, 8, 9, 16))

/** Somebody signs in. */
export const arrivals: fc.Arbitrary<Happening> = two.map(([person, presence]) => new Happening(signIn(person, presence)))

/** Commands for `fc.commands`. */
export const officeCommands = ({
  reloads,
  moods = true,
  stays = true,
  time = true
}: CommandChoices): Array<fc.Arbitrary<Happening>> => {
  const terms = fc.constantFrom<Terms>("plain", "plain", "note", ...(time ? (["end"] as const) : []))
  const choices: ReadonlyArray<fc.Arbitrary<Plan>> = [
    two.map(([person, presence]) => signIn(person, presence)),
    two.map(([person, presence]) => signIn(person, presence)),
    fc.tuple(at, at, terms).map(([session, presence, and]) => choose(session, presence, and)),
    fc.tuple(at, at, terms).map(([session, presence, and]) => choose(session, presence, and)),
    at.map(hangUp),
    at.map((session) => logOut(session, stays)),
    two.map(([person, presence]) => impose(person, presence)),
    calls.map(([person, line, state]) => phone(person, line, state)),
    calls.map(([person, line, state]) => phone(person, line, state)),
    fc
      .tuple(at, fc.constantFrom<AgentMove>("logs in", "logs off", "is paused", "is unpaused"))
      .map(([person, move]) => agent(person, move)),
    reloads.map(reload),
    ...(time ? [fc.constant(passTime)] : []),
    ...(moods ? [fc.constantFrom<PbxMood>("answers", "away", "refuses", "hangs").map(mood)] : [])
  ]
  return choices.map((plans) => plans.map((plan) => new Happening(plan)))
}
