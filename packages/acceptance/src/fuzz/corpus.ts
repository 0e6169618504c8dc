/** What is valid at each door: the beginning of every attack. */
import { readdirSync, readFileSync } from "node:fs"
import { commandForms } from "@ctid/core/protocol/client_command"
import { issueServerCertificate, makeCertificateAuthority } from "@ctid/platform-node/certificate_authority"
import { isObject, type Json } from "@ctid/testing/vectors/json"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { people, SERVER_UUID } from "./fuzz_config.ts"

const here = (path: string): URL => new URL(path, import.meta.url)

/** Values of each command, made from its schema. */
const SAMPLES = 25

/** What `of` finds in each test vector. */
const inVectors = (of: (vector: { readonly [name: string]: Json }) => ReadonlyArray<object>): ReadonlyArray<object> => {
  const folder = here("../../vectors/")
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json") && !name.startsWith("_"))
    .flatMap((name) => {
      const vectors = JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Json // JSON.parse makes JSON
      return Array.isArray(vectors) ? vectors.flatMap((vector: Json) => (isObject(vector) ? of(vector) : [])) : []
    })
}

/** Messages in the steps of a vector that go from, or to, a client. */
const messagesIn = (steps: Json | undefined, end: "via" | "to"): ReadonlyArray<object> =>
  Array.isArray(steps)
    ? steps.flatMap((step: Json) => {
        const where = isObject(step) ? step[end] : undefined
        return isObject(step) && typeof where === "string" && where.startsWith("cti") && isObject(step.msg) ? [step.msg] : []
      })
    : []

/** Messages made from the schemas of all commands. */
const generatedMessages = (seed: string): Effect.Effect<ReadonlyArray<object>> =>
  Effect.map(
    Effect.forEach(commandForms, ({ class: name, command, fields }) =>
      Effect.map(
        // chance alone does not fulfil every pattern: the vectors have those messages
        Effect.catch(
          Arbitrary.sampleEffect(Arbitrary.schema(fields), { count: SAMPLES, seed: `${seed} ${name} ${command}` }),
          () => Effect.succeed([])
        ),
        (values) => values.map((value) => ({ class: name, ...(command === null ? {} : { command }), ...(value as object) }))
      )
    ),
    (groups) => groups.flat()
  )

/** Messages with ids that exist, which go further than what chance makes. */
const knownMessages: ReadonlyArray<object> = people.slice(0, 30).flatMap((id) => [
  { class: "getlist", function: "listid", listname: "users", tipbxid: "xivo" },
  { class: "getlist", function: "updateconfig", listname: "users", tipbxid: "xivo", tid: String(id) },
  { class: "getlist", function: "updatestatus", listname: "phones", tipbxid: "xivo", tid: String(id) },
  { class: "availstate", availstate: ["available", "away", "donotdisturb", "outtolunch"][id % 4] },
  { class: "featuresput", function: "fwd", value: { enableunc: true, destunc: String(1000 + id) } },
  { class: "featuresput", function: "enablednd", value: id % 2 === 0 },
  { class: "ipbxcommand", command: "agentlogin", agentphonenumber: String(1000 + id) },
  { class: "ipbxcommand", command: "queuepause", member: `agent:xivo/${id}`, queue: "queue:xivo/all" },
  { class: "ipbxcommand", command: "listen", destination: `xivo/${id}`, subcommand: "start" },
  { class: "register_user_status_update", user_ids: [[SERVER_UUID, id]] },
  { class: "register_agent_status_update", agent_ids: [[SERVER_UUID, id]] },
  { class: "starttls", status: id % 2 === 0 },
  { class: "chitchat", to: [SERVER_UUID, SERVER_UUID], alias: "me", text: "hello" },
  { class: "logout", stopper: "disconnect" }
])

const states = ["add", "edit", "delete", "enable", "disable", "deleteall"]

const webCommands: ReadonlyArray<string> = [
  "xivo[cticonfig,update]",
  "xivo[queuemember,update]",
  "xivo[daemon,reload]",
  "sync:core show version",
  "async:module reload",
  "sync:sip show peer abc",
  ...["user", "phone", "agent", "queue", "voicemail", "meetme", "device", "line"].flatMap((object) =>
    states.map((state, index) => `xivo[${object},${state},${index + 1}]`)
  ),
  ...["user", "queue", "phonebook", "trunk"].map((list) => `sync:xivo[${list}list,update]`)
]

const infoCommands: ReadonlyArray<string> = [
  "help",
  "show_infos",
  "show_logged",
  "fdlist",
  "show_users",
  "show_phones",
  "show_agents",
  "show_queues",
  "showlist users",
  "showlist phones 3",
  "showlist queuemembers",
  "disc 127.0.0.1 1",
  "kick u7",
  "kick 7",
  `register user ${SERVER_UUID} 7`,
  `register endpoint ${SERVER_UUID} 8`,
  `unregister user ${SERVER_UUID} 7`,
  "loglevel set debug",
  "loglevel set info",
  "dumpami enable",
  "dumpami enable ExtensionStatus,Hangup",
  "dumpami disable"
]

const agiRequest = (script: string, ...args: ReadonlyArray<string>): string =>
  [
    "agi_network: yes",
    `agi_network_script: ${script}`,
    `agi_request: agi://127.0.0.1/${script}`,
    "agi_channel: PJSIP/1001-00000001",
    "agi_callerid: 1001",
    "agi_calleridname: Someone",
    "agi_extension: 1002",
    "agi_context: ctx-a",
    "agi_uniqueid: 1700000000.1",
    ...args.map((arg, index) => `agi_arg_${index + 1}: ${arg}`),
    "",
    ""
  ].join("\n")

const agiRequests: ReadonlyArray<string> = [
  agiRequest("presence", "1001", "ctx-a"),
  agiRequest("presence", "7"),
  agiRequest("callerid_extend"),
  agiRequest("callerid_forphones"),
  agiRequest("XIVO_CTI_AGI", "user"),
  agiRequest("nothing")
]

const amiAnswers: ReadonlyArray<string> = [
  "Response: Success\r\nActionID: ctid-1\r\nMessage: Authentication accepted\r\n\r\n",
  "Response: Success\r\nEventList: start\r\nMessage: Extension Statuses will follow\r\n\r\n",
  "Response: Error\r\nMessage: Permission denied\r\n\r\n",
  "Response: Follows\r\nPrivilege: Command\r\nAsterisk 13\r\n\r\nmore\r\n--END COMMAND--\r\n\r\n",
  "Response: Goodbye\r\n\r\n",
  "Event: FullyBooted\r\nStatus: Fully Booted\r\n\r\n",
  "Event: Shutdown\r\nShutdown: Cleanly\r\nRestart: True\r\n\r\n",
  "Event: Reload\r\nModule: All\r\nStatus: 0\r\n\r\n"
]

const aboutPeople = people
  .slice(0, 40)
  .flatMap((id) => [
    `Event: ExtensionStatus\r\nExten: ${1000 + id}\r\nContext: ctx-${"abc"[id % 3]}\r\nHint: PJSIP/${1000 + id}\r\nStatus: ${[0, 1, 2, 4, 8, 9, 16, -1, -2][id % 9]}\r\n\r\n`,
    `Event: DeviceStateChange\r\nDevice: Custom:DND${1000 + id}\r\nState: BUSY\r\n\r\n`,
    `Event: QueueMemberAdded\r\nQueue: queue-ctx-a\r\nMemberName: Agent/4${1000 + id}\r\nInterface: PJSIP/${1000 + id}\r\nStateInterface: PJSIP/${1000 + id}\r\nPenalty: 0\r\nCallsTaken: 0\r\nLastCall: 0\r\nPaused: 0\r\nStatus: 1\r\n\r\n`,
    `Event: QueueMemberRemoved\r\nQueue: queue-ctx-a\r\nMemberName: Agent/4${1000 + id}\r\nInterface: PJSIP/${1000 + id}\r\n\r\n`,
    `Event: MessageWaiting\r\nMailbox: ${1000 + id}@ctx-a\r\nWaiting: 1\r\nNew: 2\r\nOld: 1\r\n\r\n`,
    `Event: UserEvent\r\nUserEvent: Presence\r\nXIVO_USERID: ${id}\r\nSTATUS: x\r\n\r\n`
  ])

const recordedPackets = (): ReadonlyArray<string> =>
  readFileSync(here("../../../bench/testdata/queue_call.ami"), "latin1")
    .split("\r\n\r\n")
    .filter((packet) => packet !== "")
    .slice(0, 200)
    .map((packet) => `${packet}\r\n\r\n`)

export interface Corpus {
  /** Of clients, after their login. */
  readonly messages: ReadonlyArray<object>
  readonly web: ReadonlyArray<string>
  readonly info: ReadonlyArray<string>
  readonly agi: ReadonlyArray<string>
  /** Of servers. */
  readonly answers: ReadonlyArray<object>
  /** Packets of AMI. */
  readonly ami: ReadonlyArray<string>
  /** Configuration files. */
  readonly yaml: ReadonlyArray<string>
  readonly csv: ReadonlyArray<string>
  /** A certificate, its CA's and its key, in one text. */
  readonly pem: ReadonlyArray<string>
}

const keyedCertificate: Effect.Effect<string> = Effect.gen(function* () {
  const authority = yield* makeCertificateAuthority({ name: "fuzz", days: 10 })
  const { certificate, key } = yield* issueServerCertificate(authority, { names: ["localhost", "127.0.0.1"], days: 5 })
  return `${certificate}${Redacted.value(key)}`
}).pipe(Effect.orDie)

export const makeCorpus = (seed: string): Effect.Effect<Corpus> =>
  Effect.map(Effect.all([generatedMessages(seed), keyedCertificate]), ([generated, pem]) => ({
    messages: [...generated, ...inVectors(({ send }) => messagesIn(send, "via")), ...knownMessages],
    answers: inVectors(({ expect }) => messagesIn(expect, "to")),
    pem: [pem],
    web: webCommands,
    info: infoCommands,
    agi: agiRequests,
    ami: [...amiAnswers, ...aboutPeople, ...recordedPackets()],
    yaml: [readFileSync(here("../../../../docs/examples/ctid.yml"), "utf8")],
    csv: ['id,login,password,firstname,lastname,lines\n1,alice,,Alice,"Mar,tin",11 12\n2,bob,,Bob,"Du""val",13\n']
  }))
