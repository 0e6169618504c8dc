/**
 * Who is declared in a soak: companies of 50 on one Asterisk, before and after the reload. Every id tells its company, and so do all
 * texts of a company's objects, so that whoever reads something of another company's can see it.
 */

/** People of a company when the run begins. */
export const COMPANY = 50

/** Which of the two configurations: the one at the start, or the one of the reload. */
export type Stage = "before" | "after"

/** Numbers of people with a part of their own in the reload. */
const RENAMED = 10
const RENUMBERED = 11
const MOVED = 12
const REMOVED = 49
const ADDED = 51
/** Those who are agents when the run begins; the last one is none after the reload, in every third company. */
const AGENTS = [1, 2, 3, 4, 5]
const MAILBOXES = [1, 2, 3]
/** The phone that is always in the queue. */
const STATIC_MEMBER = 50

export interface SoakUser {
  readonly id: number
  readonly login: string
  readonly company: number
  /** The company of his line: another one for who moves in the reload. */
  readonly companies: Readonly<Record<Stage, number>>
  readonly in: ReadonlyArray<Stage>
  readonly agent: ReadonlyArray<Stage>
  readonly voicemail: boolean
}

export const companyName = (company: number): string => `k-${String(company).padStart(4, "0")}`

/** The company that an id of a user, line, agent, queue or voicemail tells. */
export const companyOfId = (id: number): number => Math.floor(id / 1000)

const idOf = (company: number, number: number): number => company * 1000 + number

/** Companies whose names a text tells. */
export const companiesIn = (text: string): ReadonlySet<number> =>
  new Set([...text.matchAll(/k-(\d{4})/g)].map((match) => Number(match[1])))

/** From a company that somebody leaves, the one to which he goes; null: nobody leaves it. */
const neighbour = (company: number, companies: number): number | null =>
  company % 5 === 0 && company < companies ? company + 1 : null

const isMover = (company: number, number: number, companies: number): boolean =>
  number === MOVED && neighbour(company, companies) !== null

export const companiesFor = (clients: number): number => Math.max(1, Math.round(clients / COMPANY))

/** Everybody who is declared at one time or the other. */
export const peopleOf = (companies: number): ReadonlyArray<SoakUser> => {
  const people: Array<SoakUser> = []
  for (let company = 1; company <= companies; company++) {
    for (let number = 1; number <= ADDED; number++) {
      const stages: Array<Stage> = []
      if (number !== ADDED) stages.push("before")
      if (number === ADDED ? company % 2 === 1 : !(number === REMOVED && company % 2 === 0)) stages.push("after")
      if (stages.length === 0) continue
      const to = isMover(company, number, companies) ? neighbour(company, companies) : null
      const leavesQueue = number === AGENTS.at(-1) && company % 3 === 0
      people.push({
        id: idOf(company, number),
        login: `u${company}-${number}`,
        company,
        companies: { before: company, after: to ?? company },
        in: stages,
        agent: !AGENTS.includes(number) ? [] : leavesQueue ? ["before"] : ["before", "after"],
        voicemail: MAILBOXES.includes(number)
      })
    }
  }
  return people
}

/** Every third one's password is stored as a hash, unless he uses the hashed login, which needs the password itself. */
export const hasHash = ({ id }: SoakUser): boolean => id % 3 === 0 && versionOf(id) !== "1.2"

/** The protocol of somebody's client. */
export const versionOf = (userId: number): "1.2" | "2.0" | "2.3" =>
  userId % 10 === 1 ? "1.2" : userId % 10 === 2 ? "2.0" : "2.3"

const numberOf = ({ id }: SoakUser): number => id % 1000

/** The phone on somebody's desk. Who moves takes it along, so it bears no company's name. */
export const deviceOf = (user: SoakUser): string =>
  user.companies.before === user.companies.after
    ? `PJSIP/${companyName(user.company)}-${numberOf(user)}`
    : `PJSIP/mover-${user.id}`

/** What one dials to reach it. */
export const extensionOf = (user: SoakUser, stage: Stage): string => {
  const number = numberOf(user)
  if (stage === "before") return String(1000 + number)
  if (user.companies.before !== user.companies.after) return String(1900 + number)
  return number === RENUMBERED ? String(2000 + number) : String(1000 + number)
}

export const queueName = (company: number): string => `q-${companyName(company)}`
export const agentNumber = (user: SoakUser): string => `${user.id}`
export const mailboxOf = (user: SoakUser): string => String(7000 + numberOf(user))

const csv = (rows: ReadonlyArray<ReadonlyArray<string | number>>): string =>
  rows.map((row) => `${row.map((cell) => (/[",]/.test(String(cell)) ? `"${cell}"` : cell)).join(",")}\n`).join("")

/** The rows of `users.csv`. */
export const usersCsv = (
  people: ReadonlyArray<SoakUser>,
  stage: Stage,
  secrets: { readonly plain: string; readonly hash: string }
): string =>
  csv([
    ["id", "login", "password", "plain_password", "firstname", "lastname", "lines", "agent", "voicemail"],
    ...people
      .filter((user) => user.in.includes(stage))
      .map((user) => [
        user.id,
        user.login,
        hasHash(user) ? secrets.hash : "",
        hasHash(user) ? "" : secrets.plain,
        user.companies.before === user.companies.after ? companyName(user.company) : "mover",
        stage === "after" && numberOf(user) === RENAMED ? "renamed" : `n${numberOf(user)}`,
        user.id,
        user.agent.includes(stage) ? user.id : "",
        user.voicemail ? user.id : ""
      ])
  ])

/** The rows of `lines.csv`. */
export const linesCsv = (people: ReadonlyArray<SoakUser>, stage: Stage): string =>
  csv([
    ["id", "number", "context", "device", "name"],
    ...people
      .filter((user) => user.in.includes(stage))
      .map((user) => [
        user.id,
        extensionOf(user, stage),
        companyName(user.companies[stage]),
        deviceOf(user),
        deviceOf(user).slice("PJSIP/".length)
      ])
  ])

/** What else `ctid.yml` declares of a company's things. */
export const thingsOf = (people: ReadonlyArray<SoakUser>, companies: number, stage: Stage) => ({
  agents: people
    .filter((user) => user.agent.includes(stage))
    .map((user) => ({
      id: user.id,
      number: agentNumber(user),
      firstname: companyName(user.company),
      context: companyName(user.company),
      queues: [queueName(user.company)],
      wrapup: 1
    })),
  queues: Array.from({ length: companies }, (_, index) => index + 1).map((company) => ({
    id: idOf(company, 1),
    name: queueName(company),
    displayname: stage === "after" && company % 4 === 0 ? `support of ${companyName(company)}` : companyName(company),
    number: "3000",
    context: companyName(company),
    members: [`PJSIP/${companyName(company)}-${STATIC_MEMBER}`]
  })),
  voicemails: people
    .filter((user) => user.voicemail)
    .map((user) => ({ id: user.id, mailbox: mailboxOf(user), context: companyName(user.company) }))
})
