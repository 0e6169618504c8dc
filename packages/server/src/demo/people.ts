/** Who and what the demonstration has: two companies that share one Asterisk. */
import type { PbxOptions } from "@ctid/simulator"
import * as Redacted from "effect/Redacted"

export const COMPANIES = ["company-a", "company-b"] as const
export type Company = (typeof COMPANIES)[number]

interface Person {
  readonly id: number
  readonly login: string
  readonly firstName: string
  readonly lastName: string
  readonly company: Company
  readonly extension: string
  /** His number as an agent, if he is one. */
  readonly agent: string | null
}

export const PEOPLE: ReadonlyArray<Person> = [
  { id: 1, login: "alice", firstName: "Alice", lastName: "Martin", company: "company-a", extension: "1001", agent: "8001" },
  { id: 2, login: "bob", firstName: "Bob", lastName: "Duval", company: "company-a", extension: "1002", agent: "8002" },
  { id: 3, login: "erin", firstName: "Erin", lastName: "Novak", company: "company-a", extension: "1003", agent: null },
  { id: 4, login: "carol", firstName: "Carol", lastName: "Weber", company: "company-b", extension: "2001", agent: "8003" },
  { id: 5, login: "dave", firstName: "Dave", lastName: "Okafor", company: "company-b", extension: "2002", agent: null },
  { id: 6, login: "frank", firstName: "Frank", lastName: "Silva", company: "company-b", extension: "2003", agent: null }
]

/** Each company has one queue. */
export const QUEUES = [
  { id: 1, name: "support", number: "3001", company: "company-a" },
  { id: 2, name: "sales", number: "3002", company: "company-b" }
] as const

export const deviceOf = (person: Person): string => `PJSIP/${person.extension}`

export const queueOf = (person: Person): string => QUEUES.find((queue) => queue.company === person.company)?.name ?? ""

const presence = (color: string, longname: string, allowed: ReadonlyArray<string>, actions: object) => ({
  color,
  longname,
  allowed,
  actions
})

/** As in `docs/examples/ctid.yml`: do not disturb and absence pause an agent. */
const presences = {
  available: presence("#9BC920", "Available", ["away", "outtolunch", "donotdisturb"], {
    enablednd: "false",
    queueunpause_all: ""
  }),
  away: presence("#FFDD00", "Away", ["available", "outtolunch", "donotdisturb"], { enablednd: "false", queuepause_all: "" }),
  outtolunch: presence("#6CA6FF", "Out to lunch", ["available", "away"], { enablednd: "false", queuepause_all: "" }),
  donotdisturb: presence("#D13224", "Do not disturb", ["available", "away"], { enablednd: "true", queuepause_all: "" }),
  disconnected: presence("#9E9E9E", "Disconnected", [], {})
}

/** What `ctid.yml` would say. */
export const demoConfig = (options: {
  readonly passwords: ReadonlyMap<string, Redacted.Redacted>
  readonly ami: { readonly username: string; readonly password: Redacted.Redacted; readonly port: number }
  readonly port: number
}): unknown => ({
  server: { context_separation: true },
  listeners: {
    cti: { address: "127.0.0.1", port: options.port },
    web_interface: { enabled: false },
    info: { enabled: false },
    announce: { enabled: false },
    fast_agi: { enabled: false }
  },
  ami: { username: options.ami.username, password: Redacted.value(options.ami.password), port: options.ami.port },
  log: { level: "info" },
  presence_groups: { demo: presences },
  profiles: [{ id: 1, name: "Client", presences: "demo" }],
  users: PEOPLE.map((person) => {
    const password = options.passwords.get(person.login)
    return {
      id: person.id,
      login: person.login,
      firstname: person.firstName,
      lastname: person.lastName,
      // In memory only, and so that clients of protocol 1.x can be tried too.
      plain_password: password === undefined ? "" : Redacted.value(password),
      lines: [person.id],
      ...(person.agent === null ? {} : { agent: person.id })
    }
  }),
  lines: PEOPLE.map((person) => ({
    id: person.id,
    number: person.extension,
    context: person.company,
    name: person.extension
  })),
  agents: PEOPLE.flatMap((person) =>
    person.agent === null
      ? []
      : [
          {
            id: person.id,
            number: person.agent,
            firstname: person.firstName,
            lastname: person.lastName,
            context: person.company,
            queues: [queueOf(person)],
            wrapup: 5
          }
        ]
  ),
  queues: QUEUES.map(({ id, name, number, company }) => ({ id, name, number, context: company }))
})

/** The Asterisk that fits: phones with hints, queues whose agents are logged in. */
export const demoAsterisk: PbxOptions = {
  phones: PEOPLE.map((person) => ({
    device: deviceOf(person),
    number: person.extension,
    name: `${person.firstName} ${person.lastName}`,
    context: person.company
  })),
  hints: PEOPLE.map((person) => ({ exten: person.extension, context: person.company, hint: deviceOf(person) })),
  queues: QUEUES.map(({ name }) => ({ name }))
}

/** Who is logged in as an agent when the demonstration begins. */
export const loggedAgents: ReadonlyArray<{
  readonly queue: string
  readonly member: { readonly interface: string; readonly name: string }
}> = PEOPLE.flatMap((person) =>
  person.agent === null
    ? []
    : [{ queue: queueOf(person), member: { interface: deviceOf(person), name: `Agent/${person.agent}` } }]
)
