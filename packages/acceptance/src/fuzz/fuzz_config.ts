/** The `ctid.yml` of a server that is fuzzed: who is declared, and an Asterisk that fits. */
import type { SimulatedAsteriskOptions } from "@ctid/simulator"

export const AMI_ACCOUNT = { username: "ctid", secret: "fuzz-manager-secret" } as const

/** Signs in between the attacks, to see whether the server still serves; nobody attacks under this name. */
export const DOCTOR = { login: "doctor", password: "doctor-word" } as const

/** So many that a wrong password now and then, which slows its account down, does not stop the others. */
const PEOPLE = 120
const CONTEXTS = ["ctx-a", "ctx-b", "ctx-c"] as const

export const SERVER_UUID = "c71d0000-0000-4000-8000-000000000001"

const ids = Array.from({ length: PEOPLE }, (_, index) => index + 1)
const contextOf = (id: number): string => CONTEXTS[id % CONTEXTS.length] ?? "ctx-a"
const extensionOf = (id: number): string => String(1000 + id)
const agents = ids.filter((id) => id % 4 === 0)

/** Login and password of one of them. */
export const credentialsOf = (id: number): { readonly login: string; readonly password: string } => ({
  login: `u${id}`,
  password: `word-${id}`
})

export const people: ReadonlyArray<number> = ids

export const fuzzConfig = (options: {
  readonly amiPort: number
  readonly certificate: string
  readonly key: string
}): object => ({
  server: { context_separation: true },
  // half-open connections are to be over soon
  timeouts: { login: 3, socket: 3 },
  listeners: Object.fromEntries(
    ["cti", "ctis", "web_interface", "info", "announce", "fast_agi"].map((name) => [
      name,
      { address: "127.0.0.1", port: 0, ...(name === "cti" ? { encryption: "offered" } : {}) }
    ])
  ),
  tls: { certificate: options.certificate, key: options.key, handshake_timeout: 2 },
  ami: {
    username: AMI_ACCOUNT.username,
    password: AMI_ACCOUNT.secret,
    port: options.amiPort,
    retry_longest: 1,
    retry_refused: 1,
    action_timeout: 1,
    list_timeout: 2,
    login_timeout: 2,
    connect_timeout: 2
  },
  telephony: { poll_interval: 5, resync_interval: 10 },
  log: { format: "json", level: "info" },
  users: [
    { id: 1000, login: DOCTOR.login, plain_password: DOCTOR.password, lines: [1000] },
    ...ids.map((id) => ({
      id,
      login: credentialsOf(id).login,
      plain_password: credentialsOf(id).password,
      lines: [id],
      ...(agents.includes(id) ? { agent: id } : {}),
      ...(id % 5 === 0 ? { voicemail: id } : {})
    }))
  ],
  lines: [
    { id: 1000, number: "9999", context: "ctx-d" },
    ...ids.map((id) => ({ id, number: extensionOf(id), context: contextOf(id) }))
  ],
  agents: agents.map((id) => ({
    id,
    number: `4${extensionOf(id)}`,
    context: contextOf(id),
    queues: [`queue-${contextOf(id)}`]
  })),
  queues: CONTEXTS.map((context, index) => ({ id: index + 1, name: `queue-${context}`, number: `300${index}`, context })),
  voicemails: ids.filter((id) => id % 5 === 0).map((id) => ({ id, mailbox: extensionOf(id), context: contextOf(id) }))
})

export const fuzzAsterisk: SimulatedAsteriskOptions = {
  phones: ids.map((id) => ({ device: `PJSIP/${extensionOf(id)}`, number: extensionOf(id), context: contextOf(id) })),
  hints: ids.map((id) => ({ exten: extensionOf(id), context: contextOf(id), hint: `PJSIP/${extensionOf(id)}` })),
  queues: CONTEXTS.map((context) => ({ name: `queue-${context}` })),
  mailboxes: ids.filter((id) => id % 5 === 0).map((id) => ({ mailbox: extensionOf(id), context: contextOf(id) })),
  users: [{ ...AMI_ACCOUNT, read: "all", write: "all" }],
  recorded: 0
}
