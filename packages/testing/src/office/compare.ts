/** Compares what an office's system did with what the model says. */

import { noTerms, toldTerms } from "@ctid/core/presence/presence_terms"
import { Breach } from "../laws/law.ts"
import { agentNumberOf, nameOfAgent, nameOfUser, userIdOf } from "./office.ts"
import { officeLaw } from "./office_law_names.ts"
import type { Expected, OfficeModel } from "./office_model.ts"
import type { OfficeSystem, Shown, Status } from "./office_system.ts"

const breach = (law: string, found: string): never => {
  throw new Breach(found, law)
}

const statusText = ({ list, id, registered, value }: Status): string => {
  const what = list === "users" ? nameOfUser(id) : `${list.slice(0, -1)} ${id}`
  return `${what} is ${value}${registered ? " (for which it has registered)" : ""}`
}

const texts = (statuses: ReadonlyArray<Status>): string => statuses.map(statusText).join(", ") || "nothing"

const byList = { users: officeLaw.replay, phones: officeLaw.phones, agents: officeLaw.agents } as const

/** A session, as people call it. */
const caller = (model: OfficeModel, session: number): string => {
  const name = model.sessions.get(session)?.name ?? "somebody"
  const his = [...model.sessions].filter(([, other]) => other.name === name).map(([number]) => number)
  return his.length === 1 ? name : `${name} (session ${session})`
}

/** Of what happened to several people, who do not wait for each other: one after another. */
const perPerson = <A>(all: ReadonlyArray<A>, person: (one: A) => number, atOnce: boolean): ReadonlyArray<A> =>
  atOnce ? all.toSorted((one, other) => person(one) - person(other)) : all

/** Whose presence, or phone, it is. */
const subjectOf = ({ id, list }: Status): number => (list === "users" ? id : Math.floor(id / 10))

/** Whose line, or agent, the PBX is asked about; both end with a number. */
const askedOf = (asked: string): number => {
  const number = Number(/\d+$/.exec(asked)?.[0])
  return number > 2000 ? number - 2000 : Math.floor(number / 10)
}

/** What was told, and what was asked of the PBX, for one happening; `atOnce`: to several people, in an order of its own for each. */
export const compareHappening = (model: OfficeModel, system: OfficeSystem, expected: Expected, atOnce = false): void => {
  for (const [session, { name }] of model.sessions) {
    const all = system.heard(session)
    const secret = all.find((status) => !model.maySee(name, status))
    if (secret !== undefined) breach(officeLaw.silence, `${caller(model, session)} hears that ${statusText(secret)}`)
    // what an agent's status is, the PBX says, and nobody else
    const heard = perPerson(
      all.filter(({ list }) => list !== "agents"),
      subjectOf,
      atOnce
    )
    const answer: ReadonlyArray<Status> =
      expected.refused === session
        ? [{ list: "users", id: ownId(model, name), value: model.presence(name) }]
        : perPerson(model.toldTo(session, expected.told), subjectOf, atOnce)
    if (texts(heard) === texts(answer)) continue
    const law = expected.refused === null ? byList[(heard[0] ?? answer[0])?.list ?? "users"] : officeLaw.refusal
    breach(law, `${caller(model, session)} hears: ${texts(heard)}; should hear: ${texts(answer)}`)
  }
  const all = system.asked()
  if (all === null) return
  const [asked, wanted] = [perPerson(all, askedOf, atOnce), perPerson(expected.asked, askedOf, atOnce)]
  if (asked.join("; ") === wanted.join("; ")) return
  const law = expected.refused === null ? officeLaw.actions : officeLaw.refusal
  breach(law, `the PBX is asked: ${asked.join("; ") || "nothing"}; should be: ${wanted.join("; ") || "nothing"}`)
}

/** What a reload asks of the PBX. */
export const compareReload = (model: OfficeModel, system: OfficeSystem, expected: Expected): void => {
  const numbers = model.office.people.flatMap(({ agent, name }) => (agent === null ? [] : [agentNumberOf(name)]))
  // agents who are gone are logged off, if they were there
  const isForNobody = (one: string): boolean =>
    one.startsWith("log off") && !numbers.some((number) => one.endsWith(` ${number}`))
  const asked = system.asked()?.filter((one) => !isForNobody(one))
  if (asked === undefined) return
  const [is, should] = [asked, expected.asked].map((all) => [...all].sort().join("; ") || "nothing")
  if (is !== should) breach(officeLaw.actions, `a reload asks the PBX: ${is}; should be: ${should}`)
}

const ownId = (model: OfficeModel, name: string): number => {
  const own = model.visible(name, "users").find((id) => nameOfUser(id) === name)
  return own ?? breach(officeLaw.refusal, `${name} was refused, and does not even see himself`)
}

/** What the PBX said of an agent, as far as it is known; null: the system knows no agents. */
const agentTruth =
  (model: OfficeModel, { view }: OfficeSystem) =>
  (id: number): string | null => {
    const is = view.agent(id)
    return is === null ? null : (model.agent(nameOfAgent(id)) ?? is)
  }

/** What a session shows, beside what there is. */
const compareSession = (
  model: OfficeModel,
  system: OfficeSystem,
  session: number,
  shown: Shown,
  presence: (userId: number) => string
): void => {
  const { name, in: isIn } = model.sessions.get(session) ?? { name: "", in: false }
  const who = caller(model, session)
  const lists = [
    ["users", officeLaw.view, presence],
    ["phones", officeLaw.phones, (id: number) => model.phone(id)],
    ["agents", officeLaw.agents, agentTruth(model, system)]
  ] as const
  for (const [list, law, truth] of lists) {
    const ids = model.visible(name, list)
    const extra = [...shown[list].keys()].find((id) => !ids.includes(id))
    if (extra !== undefined) breach(officeLaw.silence, `${who} has ${list} ${extra} in his list`)
    for (const id of ids) {
      if (!shown[list].has(id)) breach(law, `${who} does not have ${list} ${id} in his list`)
      const value = shown[list].get(id) ?? null
      // who has logged out may hear, and not ask
      if (value === null && !isIn) continue
      const is = truth(id)
      if (is !== null && value !== is) {
        breach(
          law,
          `${who} sees: ${statusText({ list, id, value: String(value) })}; but: ${statusText({ list, id, value: is })}`
        )
      }
    }
  }
  for (const id of shown.terms === null || !isIn ? [] : shown.users.keys()) {
    const [told, is] = [shown.terms?.get(id) ?? noTerms, toldTerms(model.state(nameOfUser(id)).terms)]
    if (told.note !== is.note || told.until !== is.until)
      breach(officeLaw.terms, `${who} sees of ${nameOfUser(id)}: ${JSON.stringify(told)}; but: ${JSON.stringify(is)}`)
  }
  for (const [id, on] of shown.doNotDisturb) {
    const is = system.view.doNotDisturb(id)
    if (is !== null && is !== on)
      breach(officeLaw.services, `${who} sees do not disturb of ${nameOfUser(id)} ${on ? "on" : "off"}`)
  }
}

/** What everybody shows once nothing moves any more, beside what `presence` says of users. */
export const compareBoards = async (
  model: OfficeModel,
  system: OfficeSystem,
  presence: (userId: number) => string
): Promise<void> => {
  const [told] = system.indiscretions()
  if (told !== undefined) breach(officeLaw.silence, told)
  for (const [session, name] of model.removed) {
    if (system.isOpen(session))
      breach(officeLaw.silence, `${name} may not be signed in any more, and session ${session} goes on`)
  }
  for (const session of model.sessions.keys()) {
    compareSession(model, system, session, await system.shown(session), presence)
  }
}

/** The same beside the model; the server has to be where the model is. */
export const compareShown = async (model: OfficeModel, system: OfficeSystem): Promise<void> => {
  await compareBoards(model, system, (userId) => model.presence(nameOfUser(userId)))
  for (const { name } of model.office.people) {
    const [is, should] = [system.view.presence(userIdOf(name)), model.presence(name)]
    if (is !== should) breach(officeLaw.replay, `the server has ${name} as ${is}; he should be ${should}`)
  }
}
