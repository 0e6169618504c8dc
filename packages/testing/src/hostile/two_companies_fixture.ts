/** Two companies on one PBX, on a running server over the twins: everything is real but the sockets and Asterisk. */
import { AmiTelephony } from "@ctid/ami/ami_telephony"
import { type ServerSettings, Settings } from "@ctid/core/config/settings"
import { CtiServer } from "@ctid/core/cti_server"
import type { Agent, DirectoryData, Line, User } from "@ctid/core/directory/directory"
import { LIST_NAMES } from "@ctid/core/protocol/client_command"
import { Telephony } from "@ctid/core/telephony/telephony"
import { SimulatedAsterisk } from "@ctid/simulator/asterisk/simulated_asterisk"
import { MemoryDirectory } from "@ctid/simulator/memory_directory"
import { MemoryListener, MemoryNetwork } from "@ctid/simulator/memory_listener"
import { MemoryPasswordHash } from "@ctid/simulator/memory_password_hash"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { TestClock } from "effect/testing"
import { MemoryAmiTransport } from "../memory_ami_transport.ts"
import type { ClientMessage } from "./client_message.ts"
import { recordedPort } from "./recorded_ami.ts"

export const SERVER_UUID = "6d1f2a90-51c4-4f0e-9a37-2b8c7d5e4f10"
const MANAGER = { username: "ctid", secret: "of-the-manager", read: "all", write: "all" } as const

const user = (id: number, login: string, lineIds: ReadonlyArray<number>, more: Partial<User> = {}): User => ({
  id,
  uuid: `0b7e9a1c-3d52-4c86-8f14-${String(id).padStart(12, "0")}`,
  firstName: `first-${login}`,
  lastName: `last-${login}`,
  fullName: `full-${login}`,
  login,
  password: { kind: "plain", value: Redacted.make(`${login}-word`) },
  enabled: true,
  profileId: 3,
  agentId: null,
  voicemailId: null,
  lineIds,
  mobilePhoneNumber: `06${id}`,
  voicemailEnabled: true,
  ...more
})

const line = (id: number, number: string, context: string, userId: number): Line => ({
  id,
  protocol: "pjsip",
  name: `phone${id}`,
  device: `PJSIP/phone${id}`,
  context,
  number,
  callerId: `"Caller ${id}" <${number}>`,
  userId
})

const agent = (id: number, context: string, queues: ReadonlyArray<string>): Agent => ({
  id,
  number: String(7000 + id),
  firstName: `agent-${id}`,
  lastName: context,
  context,
  queues: queues.map((queue) => ({ queue, penalty: id })),
  wrapUpSeconds: 0
})

const queue = (
  id: number,
  name: string,
  context: string,
  members: ReadonlyArray<string> = []
): DirectoryData["queues"][number] => ({
  id,
  name,
  displayName: `Queue ${name}`,
  number: String(3000 + id),
  context,
  staticMembers: members.map((member) => ({ member, penalty: 1 }))
})

type Company = Pick<DirectoryData, "users" | "lines" | "agents" | "queues" | "voicemails">

/** alice (agent 7), bob, agent 8 without user. */
const companyA: Company = {
  users: [user(1, "alice", [11], { agentId: 7, voicemailId: 21 }), user(2, "bob", [12]), user(5, "noline", [])],
  lines: [line(11, "1001", "a", 1), line(12, "1002", "a", 2)],
  agents: [agent(7, "a", ["support", "callback"]), agent(8, "a", ["support"])],
  queues: [queue(31, "support", "a", ["PJSIP/phone12"]), queue(32, "callback", "a")],
  voicemails: [{ id: 21, mailbox: "1001", context: "a" }]
}

/** carol (agent 9) and dave; the extensions are those of company a. */
const companyB: Company = {
  users: [user(3, "carol", [13], { agentId: 9, voicemailId: 22 }), user(4, "dave", [14])],
  lines: [line(13, "1001", "b", 3), line(14, "1002", "b", 4)],
  agents: [agent(9, "b", ["sales"]), agent(10, "b", ["sales", "vip"])],
  queues: [queue(33, "sales", "b", ["PJSIP/phone14"]), queue(34, "vip", "b")],
  voicemails: [{ id: 22, mailbox: "1001", context: "b" }]
}

const presences = ["available", "away", "donotdisturb", "disconnected"] as const

const everybody: Omit<DirectoryData, keyof Company> = {
  serverUuid: SERVER_UUID,
  profiles: [{ id: 3, name: "Client", xlets: [], presenceGroup: "g", hintGroup: "h", services: [], preferences: {} }],
  presenceGroups: [
    {
      name: "g",
      presences: new Map(
        presences.map((name) => [
          name,
          {
            name,
            longName: name,
            color: "#08FD20",
            allowed: presences,
            actions:
              name === "donotdisturb"
                ? [
                    ["enablednd", "true"],
                    ["queuepause_all", ""]
                  ]
                : name === "available"
                  ? [
                      ["enablednd", "false"],
                      ["queueunpause_all", ""]
                    ]
                  : []
          }
        ])
      )
    }
  ],
  hintGroups: new Map([["h", new Map([["0", { longName: "Available", color: "#0DFF25" }]])]])
}

/** What is declared of company a, but with ties to company b: a second line there, an agent, a voicemail box, queues and members. */
const tiedToB: Company = {
  ...companyA,
  users: companyA.users.map((one) => (one.login === "bob" ? { ...one, agentId: 10, voicemailId: 22, lineIds: [12, 14] } : one)),
  agents: companyA.agents.map((one) => ({ ...one, queues: [...one.queues, { queue: "sales", penalty: 1 }] })),
  queues: companyA.queues.map((one) => ({
    ...one,
    staticMembers: [...one.staticMembers, { member: "PJSIP/phone14", penalty: 1 }]
  }))
}

/** `a alone`: nothing of company b is declared. */
export type Companies = "both" | "a alone"

export const directoryOf = (companies: Companies, tied = false): DirectoryData => {
  const a = tied ? tiedToB : companyA
  const part = <K extends keyof Company>(name: K): ReadonlyArray<Company[K][number]> =>
    companies === "both" ? [...a[name], ...companyB[name]] : a[name]
  return {
    ...everybody,
    users: part("users"),
    lines: part("lines"),
    agents: part("agents"),
    queues: part("queues"),
    voicemails: part("voicemails")
  }
}

const all = directoryOf("both")
const ids = [...all.users, ...all.lines, ...all.agents, ...all.queues, ...all.voicemails].map(({ id }) => id)

/** Numbers that mean something, to somebody. */
export const knownNumbers: ReadonlyArray<number> = [...ids, 3, 99]

/** Texts that mean something, to somebody. */
export const knownWords: ReadonlyArray<string> = [
  ...ids.map(String),
  ...ids.map((id) => `xivo/${id}`),
  ...all.agents.map(({ id }) => `agent:xivo/${id}`),
  ...all.queues.map(({ id }) => `queue:xivo/${id}`),
  ...all.agents.flatMap(({ number, queues }) => queues.map((one) => `Agent/${number},${one.queue}`)),
  ...all.queues.flatMap(({ name, staticMembers }) => [name, ...staticMembers.map(({ member }) => `${member},${name}`)]),
  ...all.lines.flatMap(({ number, device }) => [number, device]),
  ...all.users.flatMap(({ uuid, login }) => [uuid, login, `${login}-word`]),
  ...presences,
  "agent:special:me",
  "queue:xivo/all",
  "xivo/all",
  "all",
  SERVER_UUID
]

const texts = (from: ReadonlyArray<{ readonly id: number }>, prefix = ""): ReadonlyArray<string> =>
  from.flatMap(({ id }) => [String(id), `${prefix}xivo/${id}`])

/** What likely stands in a field. */
export const knownFields: Readonly<Record<string, ReadonlyArray<string>>> = {
  "getlist.function": ["listid", "updateconfig", "updatestatus"],
  "featuresput.function": ["enablednd", "incallfilter", "enablerecording", "fwd", "fwd", "fwd"],
  listname: LIST_NAMES,
  availstate: presences,
  state: presences,
  wazoversion: ["2.3"],
  xivoversion: ["1.2", "2.1"],
  userlogin: all.users.map(({ login }) => login),
  password: all.users.map(({ login }) => `${login}-word`),
  target: texts(all.users),
  agentids: texts(all.agents, "agent:"),
  agentphonenumber: all.lines.map(({ number }) => number),
  member: texts(all.agents, "agent:"),
  queue: [...texts(all.queues, "queue:"), "queue:xivo/all"],
  destination: texts(all.agents, "agent:"),
  tid: [...texts([...all.users, ...all.lines, ...all.agents, ...all.queues, ...all.voicemails])],
  "to[0]": [SERVER_UUID],
  "to[1]": all.users.map(({ uuid }) => uuid),
  "user_ids[0]": [SERVER_UUID],
  "agent_ids[0]": [SERVER_UUID],
  "endpoint_ids[0]": [SERVER_UUID]
}

/** One client. */
export interface Client {
  readonly say: (...messages: ReadonlyArray<ClientMessage>) => Effect.Effect<void>
  /** What was heard since the last time, but for the time of day. */
  readonly take: () => ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly ended: () => boolean
}

export interface Office {
  readonly asterisk: SimulatedAsterisk
  /** What was written to Asterisk so far. */
  readonly written: () => string
  readonly dial: Effect.Effect<Client>
  readonly signIn: (login: string) => Effect.Effect<Client>
}

const endpoint = { address: "127.0.0.1", port: 5003 }

/** Turns without anything new after which nothing comes any more. */
const QUIET_TURNS = 25

const makeClient = (network: MemoryNetwork["Service"], settle: Effect.Effect<void>): Effect.Effect<Client> =>
  Effect.gen(function* () {
    const heard: Array<Readonly<Record<string, unknown>>> = []
    const decoder = new TextDecoder()
    let text = ""
    let ended = false
    const wire = yield* Effect.orDie(
      network.dial(endpoint, {
        onBytes: (chunk) => {
          text += decoder.decode(chunk, { stream: true })
          const lines = text.split("\n")
          text = lines.pop() ?? ""
          for (const line of lines) {
            const { timenow: _, ...message } = JSON.parse(line)
            heard.push(message)
          }
        },
        onClose: () => {
          ended = true
        }
      })
    )
    return {
      say: (...messages) =>
        Effect.andThen(
          Effect.sync(() => {
            for (const message of messages) wire.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`))
          }),
          settle
        ),
      take: () => heard.splice(0),
      ended: () => ended
    }
  })

/** A running server with its PBX; contexts are separated. */
export const openOffice = (
  companies: Companies,
  { tied = false, ...settings }: Partial<ServerSettings> & { readonly tied?: boolean } = {}
): Effect.Effect<Office, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { lines, queues, voicemails } = all
    const asterisk = yield* SimulatedAsterisk.make({
      users: [MANAGER],
      phones: lines.map(({ device, number, context }) => ({ device, number, context, name: device })),
      hints: lines.map(({ device, number, context }) => ({ exten: number, context, hint: device })),
      queues: queues.map(({ name }) => ({ name })),
      mailboxes: voicemails.map(({ mailbox, context }) => ({ mailbox, context })),
      persistentMembers: true
    })
    const recorded = recordedPort(asterisk)
    const telephony = AmiTelephony.layer({
      ami: { username: MANAGER.username, secret: Redacted.make(MANAGER.secret) },
      // the companies have the same extensions
      templates: {
        doNotDisturb: "DND/{context}-{exten}",
        forwardUnconditional: "CF/{context}-{exten}",
        forwardBusy: "CFB/{context}-{exten}",
        forwardNoAnswer: "CFU/{context}-{exten}",
        doNotDisturbDevice: "Custom:DND{context}-{exten}",
        forwardDevice: "Custom:CF{context}-{exten}"
      }
    }).pipe(Layer.provide(MemoryAmiTransport.layer(recorded.port)))
    const context = yield* Layer.build(
      CtiServer.layer.pipe(
        Layer.provideMerge(telephony),
        Layer.provideMerge([
          MemoryDirectory.layer(directoryOf(companies, tied)),
          Settings.layer({ contextSeparation: true, reachability: "advisory", ...settings }),
          MemoryPasswordHash.layer(),
          MemoryListener.layer(),
          Digest.layerWebCrypto,
          SecureRandom.layerWebCrypto
        ])
      )
    )
    const parts = Effect.provideContext(Effect.all([CtiServer, MemoryNetwork, Telephony]), context)
    const [server, network, pbx] = yield* parts
    let quiet = 0
    let seen = 0
    const settle: Effect.Effect<void> = Effect.suspend(() => {
      quiet = 0
      return Effect.yieldNow.pipe(
        Effect.andThen(network.settled),
        Effect.andThen(
          Effect.sync(() => {
            const now = recorded.written().length
            quiet = now === seen ? quiet + 1 : 0
            seen = now
          })
        ),
        Effect.repeat({ until: () => quiet >= QUIET_TURNS }),
        Effect.asVoid
      )
    })
    yield* Effect.repeat(settle, { until: pbx.isUp, times: 100 })
    yield* Effect.orDie(server.listen(endpoint))
    const dial = makeClient(network, settle)
    return {
      asterisk,
      written: recorded.written,
      dial,
      signIn: (login) =>
        Effect.gen(function* () {
          const client = yield* dial
          yield* client.say(
            { class: "login_id", userlogin: login, wazoversion: "2.3" },
            { class: "login_pass", password: `${login}-word` },
            { class: "login_capas", capaid: "3", state: "available" }
          )
          const last = client.take().filter((message) => message.class === "login_capas")
          if (last.length !== 1) return yield* Effect.die(new Error(`${login} is not let in`))
          return client
        })
    }
  })

/** Runs an effect by a clock of its own, without a log. */
export const runQuietly = <A>(effect: Effect.Effect<A, never, Scope.Scope>): Promise<A> =>
  Effect.runPromise(Effect.scoped(effect).pipe(Effect.provide([TestClock.layer(), Logger.layer([])])))
