/** What clients make of all that they are told is what they would find if they asked anew. */
import { AGENT_NUMBERS, directories, PRESENCES, QUEUE_NAMES } from "@ctid/testing/arbitraries/directory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import fc from "fast-check"
import { LiveConfig } from "../config/live_config.ts"
import { PROTOCOL_VERSIONS, type ProtocolVersion } from "../config/settings.ts"
import { CtiServer } from "../cti_server.ts"
import type { DirectoryData } from "../directory/directory.ts"
import { type Client, settle } from "../memory_server_fixture.ts"
import { LIST_NAMES } from "../protocol/client_command.ts"
import type { TelephonyEvent } from "../telephony/telephony.ts"
import { ScriptedTelephony } from "../testdata/scripted_telephony.ts"
import { ask, live, signInAs } from "./live_server_fixture.ts"

type Config = Readonly<Record<string, unknown>>

/** Said to old clients when they ask, and never when it changes. */
const UNTOLD: ReadonlyArray<string> = ["connection", "waiting"]

/** What means the same to clients, in one form: switches and counts are asked for as `0` or `1`, and told as `false` and `"1"`. */
const plain = (fields: Config): Config =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => {
      if (UNTOLD.includes(key)) return []
      return [[key, key.startsWith("enable") || key === "incallfilter" || key === "new" ? Number(value) : value]]
    })
  )

/** Lists whose statuses are told when they change. */
const WITH_STATUS: ReadonlyArray<string> = ["users", "phones", "agents", "voicemails"]

/** A client that keeps configs and statuses as it is told, and asks for what it knows only by id. */
class Lists {
  readonly client: Client
  /** By `config` or `status`, list and id; null: to be asked for. */
  readonly #known = new Map<string, Config | null>()

  constructor(client: Client) {
    this.client = client
  }

  /** Takes in everything that was heard, and asks for everything that is missing. Answers whether anything is. */
  follow(): boolean {
    this.#hear()
    const keys = [...this.#known].flatMap(([key, fields]) => (fields === null ? [key] : []))
    if (keys.length === 0 || this.client.ended()) return false
    for (const key of keys) this.#known.set(key, {})
    this.#ask(
      keys.map((key) => {
        const [what = "", list = "", id = ""] = key.split(" ")
        return ask.object(`update${what}`, list, id)
      })
    )
    return true
  }

  /** Begins anew, as somebody does who has just signed in. */
  begin(): void {
    this.#known.clear()
    this.client.take()
    this.#ask(LIST_NAMES.map(ask.ids))
  }

  /** All at once, and without waiting: others ask meanwhile. */
  #ask(messages: ReadonlyArray<object>): void {
    this.client.wire.write(new TextEncoder().encode(messages.map((message) => `${JSON.stringify(message)}\n`).join("")))
  }

  known(): Readonly<Record<string, Config | null>> {
    return Object.fromEntries([...this.#known].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  #hear(): void {
    for (const message of this.client.take() as ReadonlyArray<Readonly<Record<string, unknown>>>) {
      const { function: change, listname, list, tid, config, status } = message
      for (const id of Array.isArray(list) ? list : []) {
        if (change === "delconfig") for (const what of ["config", "status"]) this.#known.delete(`${what} ${listname} ${id}`)
        else {
          this.#known.set(`config ${listname} ${id}`, null)
          if (WITH_STATUS.includes(String(listname))) this.#known.set(`status ${listname} ${id}`, null)
        }
      }
      if (change === "updateconfig") this.#change(`config ${listname} ${tid}`, config)
      else if (change === "updatestatus") this.#change(`status ${listname} ${tid}`, status)
    }
  }

  /** Of what a client does not know, or has still to ask for, a change is of no use to it. */
  #change(key: string, fields: unknown): void {
    if (this.#known.get(key)) this.#known.set(key, plain({ ...this.#known.get(key), ...(fields as Config) })) // an object, always
  }
}

/** All of them together, until nobody misses anything. */
const follow = Effect.fnUntraced(function* (all: ReadonlyArray<Lists>) {
  while (all.filter((lists) => lists.follow()).length > 0) yield* settle
})

const read = Effect.fnUntraced(function* (all: ReadonlyArray<Lists>) {
  for (const lists of all) lists.begin()
  yield* settle
  yield* follow(all)
})

const member = fc
  .record({
    queue: fc.constantFrom(...QUEUE_NAMES),
    name: fc.constantFrom(...AGENT_NUMBERS.map((number) => `Agent/${number}`), "PJSIP/10x", "PJSIP/30x"),
    penalty: fc.nat(2),
    paused: fc.boolean()
  })
  .map((rest) => ({
    ...rest,
    interface: "PJSIP/10x",
    stateInterface: "PJSIP/10x",
    callsTaken: 0,
    lastCall: 0,
    status: 1,
    wrapUpSeconds: 0
  }))

/** What the PBX says: about lines and members that are declared, were, will be, or never are. */
const event: fc.Arbitrary<TelephonyEvent> = fc.oneof(
  member.map((one): TelephonyEvent => ({ _tag: "QueueMemberChanged", member: one })),
  member.map(({ queue, name }): TelephonyEvent => ({ _tag: "QueueMemberRemoved", queue, name })),
  fc.array(member, { maxLength: 4 }).map((members): TelephonyEvent => ({ _tag: "QueueMembers", members })),
  fc.record({
    _tag: fc.constant("EndpointState" as const),
    lineId: fc.constantFrom(10, 20, 30, 40, 50),
    state: fc.constantFrom(0, 1, 8)
  }),
  fc.record({
    _tag: fc.constant("VoicemailCount" as const),
    voicemailId: fc.constantFrom(1, 2),
    newMessages: fc.constantFrom("0", "1")
  }),
  fc.record({
    _tag: fc.constant("LineServicesChanged" as const),
    lineId: fc.constantFrom(10, 20, 30, 40, 50),
    services: fc.record({
      doNotDisturb: fc.boolean(),
      busy: fc.record({ enabled: fc.boolean(), destination: fc.constantFrom("", "1010") })
    })
  })
)

type Act =
  | { readonly act: "reload"; readonly data: DirectoryData; readonly separated: boolean }
  | { readonly act: "events"; readonly events: ReadonlyArray<TelephonyEvent> }
  | { readonly act: "presence"; readonly nth: number; readonly presence: string }

const acts: fc.Arbitrary<ReadonlyArray<Act>> = fc.array(
  fc.oneof(
    fc.record({ act: fc.constant("reload" as const), data: directories(), separated: fc.boolean() }),
    fc.record({ act: fc.constant("events" as const), events: fc.array(event, { minLength: 4, maxLength: 12 }) }),
    fc.record({ act: fc.constant("presence" as const), nth: fc.nat(2), presence: fc.constantFrom(...PRESENCES) })
  ),
  { minLength: 1, maxLength: 8 }
)

/** Who signs in, as which client: some of those who may. */
const world = fc
  .record({
    data: directories(),
    separated: fc.boolean(),
    picks: fc.array(fc.tuple(fc.nat(3), fc.constantFrom(...PROTOCOL_VERSIONS)), { minLength: 1, maxLength: 3 })
  })
  .map(({ data, separated, picks }): World => {
    const users = data.users.filter(({ enabled, profileId }) => enabled && profileId !== null)
    const sessions = picks.flatMap(([nth, version]) => {
      const user = users[nth % users.length]
      return user === undefined ? [] : [[user.id, version] as const]
    })
    return { data, separated, sessions }
  })

interface World {
  readonly data: DirectoryData
  readonly separated: boolean
  readonly sessions: ReadonlyArray<readonly [number, ProtocolVersion]>
}

const follows = ({ data, separated, sessions }: World, changes: ReadonlyArray<Act>) =>
  live(
    { data, settings: { contextSeparation: separated } },
    Effect.gen(function* () {
      const config = yield* LiveConfig
      const server = yield* CtiServer
      const { say } = yield* ScriptedTelephony
      const clients = yield* Effect.forEach(sessions, ([id, version]) =>
        Effect.map(signInAs(`user${id}`, version, "word"), (client) => new Lists(client))
      )
      yield* read(clients)
      assert.strictEqual(server.sessions().length, sessions.length)
      for (const change of changes) {
        if (change.act === "events") yield* say(...change.events)
        else if (change.act === "presence") {
          yield* clients[change.nth]?.client.say({ class: "availstate", availstate: change.presence }) ?? Effect.void
        } else {
          const settings = { ...config.declared().settings, contextSeparation: change.separated }
          yield* config.replace({ directory: change.data, settings })
        }
        yield* settle
        const staying = clients.filter(({ client }) => !client.ended())
        yield* follow(staying)
        const told = staying.map((lists) => lists.known())
        yield* read(staying)
        assert.deepStrictEqual(
          told,
          staying.map((lists) => lists.known())
        )
      }
      for (const { userId } of server.sessions()) {
        const user = config.declared().directory.users.find(({ id }) => id === userId)
        assert.isTrue(user?.enabled === true && user.profileId !== null)
      }
    })
  )

/** Milliseconds on a machine that has other work, too. */
const LOADED = 600_000

describe("a client that keeps its lists as it is told", () => {
  it(
    "has, after any reloads and events, exactly what it would find if it asked anew",
    () =>
      fc.assert(
        fc.asyncProperty(world, acts, (before, changes) =>
          follows(before, changes).pipe(Effect.provideService(References.MinimumLogLevel, "None"), Effect.runPromise)
        ),
        { numRuns: 1000 }
      ),
    LOADED
  )
})
