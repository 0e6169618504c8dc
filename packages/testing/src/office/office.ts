/** Companies that share a PBX, written down shortly: people, their lines, who is an agent, which presences they have. */
import type { DirectoryData, PresenceGroup, PresenceRules, User } from "@ctid/core"
import * as Redacted from "effect/Redacted"

export interface Person {
  /** His login; his password is `<name>-word`. */
  readonly name: string
  /** Contexts of his lines, the main line first. Null: a line that he names and nobody declares. */
  readonly lines: ReadonlyArray<string | null>
  /** Context of the agent that he is; null: he is none. */
  readonly agent: string | null
  /** Which of the office's groups he has; null: he has no profile and cannot sign in. */
  readonly group: number | null
}

export interface Office {
  readonly people: ReadonlyArray<Person>
  readonly groups: ReadonlyArray<PresenceGroup>
  /** Whether contexts are separated. */
  readonly separation: boolean
  readonly rules: PresenceRules
}

/** The contexts that an office may have. */
export const CONTEXTS = ["acme", "bolt", "crow"] as const

/** Ids follow from the place among all people, so that the same person keeps his when others come and go. */
const NAMES = ["alice", "bob", "carol", "dave", "erin", "frank"] as const
export const PEOPLE: ReadonlyArray<string> = NAMES

export const userIdOf = (name: string): number => PEOPLE.indexOf(name) + 1
export const lineIdOf = (name: string, at: number): number => userIdOf(name) * 10 + at
export const agentIdOf = (name: string): number => 100 + userIdOf(name)
export const nameOfAgent = (id: number): string => nameOfUser(id - 100)
export const nameOfUser = (id: number): string => PEOPLE[id - 1] ?? `user ${id}`
export const passwordOf = (name: string): string => `${name}-word`

/** Id of the profile that names the group at this place. */
export const profileIdOf = (group: number): number => 300 + group

const user = (person: Person): User => ({
  id: userIdOf(person.name),
  uuid: `00000000-0000-4000-8000-${String(userIdOf(person.name)).padStart(12, "0")}`,
  firstName: person.name,
  lastName: "",
  fullName: person.name,
  login: person.name,
  password: { kind: "plain", value: Redacted.make(passwordOf(person.name)) },
  enabled: true,
  profileId: person.group === null ? null : profileIdOf(person.group),
  agentId: person.agent === null ? null : agentIdOf(person.name),
  voicemailId: null,
  lineIds: person.lines.map((_, at) => lineIdOf(person.name, at)),
  mobilePhoneNumber: "",
  voicemailEnabled: false
})

const linesOf = (person: Person): DirectoryData["lines"] =>
  person.lines.flatMap((context, at) => {
    if (context === null) return []
    const id = lineIdOf(person.name, at)
    const number = String(1000 + id)
    const device = `PJSIP/${number}`
    const userId = userIdOf(person.name)
    return [{ id, protocol: "pjsip", name: number, device, context, number, callerId: null, userId }]
  })

/** Number of the agent that somebody is: `Agent/2001` in the queues. */
export const agentNumberOf = (name: string): string => String(2000 + userIdOf(name))

/** The queue of a context. */
export const queueOf = (context: string): string => `support-${context}`

const agentsOf = (person: Person): DirectoryData["agents"] =>
  person.agent === null
    ? []
    : [
        {
          id: agentIdOf(person.name),
          number: agentNumberOf(person.name),
          firstName: person.name,
          lastName: "",
          context: person.agent,
          queues: [{ queue: queueOf(person.agent), penalty: 0 }],
          wrapUpSeconds: null
        }
      ]

/** What a configuration of this office would declare. */
export const officeDirectory = ({ people, groups }: Office): DirectoryData => ({
  serverUuid: "00000000-0000-4000-8000-00000000000f",
  users: people.map(user),
  lines: people.flatMap(linesOf),
  agents: people.flatMap(agentsOf),
  queues: CONTEXTS.map((context, at) => ({
    id: 200 + at,
    name: queueOf(context),
    displayName: context,
    number: String(3000 + at),
    context,
    staticMembers: []
  })),
  voicemails: [],
  profiles: groups.map((_, at) => ({
    id: profileIdOf(at),
    name: `profile ${at}`,
    xlets: [],
    presenceGroup: `group ${at}`,
    hintGroup: "",
    services: [],
    preferences: {}
  })),
  presenceGroups: groups.map((group, at) => ({ ...group, name: `group ${at}` })),
  hintGroups: new Map()
})
