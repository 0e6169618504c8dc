import { DatagramNetwork, MemoryDatagrams } from "@ctid/simulator/memory_datagrams"
import { MemoryListener } from "@ctid/simulator/memory_listener"
import { MemoryPasswordHash } from "@ctid/simulator/memory_password_hash"
import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { TestClock } from "effect/testing"
import { LiveConfig, type LiveValues } from "../config/live_config.ts"
import { defaultSettings } from "../config/settings.ts"
import type { Endpoint, ListenError } from "../connection/connection.ts"
import { CtiServer } from "../cti_server.ts"
import type { DirectoryData } from "../directory/directory.ts"
import { TelephonyError } from "../telephony/telephony.ts"
import { dialPort, settle } from "../testdata/port_peer_fixture.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import { ScriptedTelephony, scriptedTelephony } from "../testdata/scripted_telephony.ts"
import { openAnnouncePort, openFastAgiPort, openInfoPort, openWebInterfacePort, type SidePortPlace } from "./side_ports.ts"

const here = (port = 0): SidePortPlace => ({ address: "127.0.0.1", port })

const separated = (directory: DirectoryData = sampleData): LiveValues => ({
  directory,
  settings: { ...defaultSettings, contextSeparation: true }
})

const services = CtiServer.layer.pipe(
  Layer.provideMerge(
    Layer.mergeAll(
      LiveConfig.layer(separated()),
      MemoryPasswordHash.layer(),
      MemoryListener.layer(),
      MemoryDatagrams.layer,
      scriptedTelephony,
      Digest.layerWebCrypto,
      SecureRandom.layerWebCrypto
    )
  )
)
type Services = Layer.Success<typeof services>

const scenario = (run: Effect.Effect<void, unknown, Services | Scope.Scope>) =>
  run.pipe(Effect.scoped, Effect.provide(services))

const cti = Effect.flatMap(CtiServer, (server) => server.listen({ address: "127.0.0.1", port: 0 }))

/** A client of a user, and what he is told, without times. */
const signIn = Effect.fnUntraced(function* (endpoint: Endpoint, login: string) {
  const peer = yield* dialPort(endpoint)
  for (const message of [
    { class: "login_id", userlogin: login, wazoversion: "2.3" },
    { class: "login_pass", password: `${login}-word` },
    { class: "login_capas", capaid: "3", state: "available" }
  ]) {
    yield* peer.say(`${JSON.stringify(message)}\n`)
  }
  const hear = (): ReadonlyArray<{ readonly class: string; readonly [key: string]: unknown }> =>
    peer
      .take()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line))
  assert.isTrue(hear().some((message) => message.class === "login_capas"))
  const lists = (): ReadonlyArray<string> =>
    hear().map((message) => `${message.function} ${message.listname} ${message.tid ?? JSON.stringify(message.list)}`)
  return { peer, hear, lists }
})

/** Alice and carol of two companies, and a web interface port over what `file` declares. */
const withPages = (
  use: (world: {
    readonly page: (text: string) => Effect.Effect<string, unknown, Services>
    readonly file: { declared: LiveValues | null }
    readonly alice: Effect.Success<ReturnType<typeof signIn>>
    readonly carol: Effect.Success<ReturnType<typeof signIn>>
  }) => Effect.Effect<void, unknown, Services>
) =>
  scenario(
    Effect.gen(function* () {
      const live = yield* LiveConfig
      const server = yield* CtiServer
      const file: { declared: LiveValues | null } = { declared: live.declared() }
      const reload = Effect.gen(function* () {
        if (file.declared === null) return false
        yield* live.replace(file.declared)
        yield* server.reload()
        return true
      })
      const port = yield* openWebInterfacePort(here(), { liveReload: true, reload, read: Effect.sync(() => file.declared) })
      const page = Effect.fnUntraced(function* (text: string) {
        const peer = yield* dialPort(port)
        yield* peer.say(text)
        yield* settle
        assert.strictEqual(peer.end(), "ended")
        return peer.take()
      })
      const clients = yield* cti
      const [alice, carol] = [yield* signIn(clients, "alice"), yield* signIn(clients, "carol")]
      alice.lists()
      yield* use({ page, file, alice, carol })
    })
  )

const declare = (changes: Partial<DirectoryData>): LiveValues => separated({ ...sampleData, ...changes })

describe("the administration pages", () => {
  const newcomer = sampleData.users.flatMap((user) =>
    user.id === 2 ? [{ ...user, id: 46, login: "dave", uuid: "d-46", lineIds: [460] }] : []
  )
  const newLine = sampleData.lines.flatMap((line) =>
    line.id === 20 ? [{ ...line, id: 460, name: "1046", device: "PJSIP/1046", number: "1046", userId: 46 }] : []
  )

  it.effect("an added object is announced to those who may see it, once", () =>
    withPages(({ page, file, alice, carol }) =>
      Effect.gen(function* () {
        file.declared = declare({
          users: [...sampleData.users, ...newcomer],
          lines: [...sampleData.lines, ...newLine]
        })
        assert.strictEqual(yield* page("xivo[user,add,46]"), "")
        assert.deepStrictEqual(alice.lists(), ['addconfig users ["46"]', 'addconfig phones ["460"]'])
        assert.deepStrictEqual(carol.lists(), [])
        yield* page("xivo[user,add,46]")
        yield* page("xivo[phone,add,460]")
        yield* page("xivo[cticonfig,update]")
        assert.deepStrictEqual(alice.lists(), [])
      })
    )
  )

  it.effect("an edited object is always announced again, also after a reload that announced it", () =>
    withPages(({ page, file, alice, carol }) =>
      Effect.gen(function* () {
        const queues = sampleData.queues.map((queue) => (queue.id === 5 ? { ...queue, displayName: "Help" } : queue))
        file.declared = declare({ queues })
        yield* page("xivo[cticonfig,update]")
        assert.deepStrictEqual(
          alice.hear().map(({ function: name, tid, config }) => ({ name, tid, config })),
          [{ name: "updateconfig", tid: "5", config: { context: "a", name: "support", displayname: "Help", number: "3001" } }]
        )
        yield* page("xivo[queue,edit,5]\n")
        yield* page("xivo[queue,enable,5]")
        assert.deepStrictEqual(alice.lists(), ["updateconfig queues 5", "updateconfig queues 5"])
        assert.deepStrictEqual(carol.lists(), [])
      })
    )
  )

  it.effect("a deleted object is hidden until everything is read again", () =>
    withPages(({ page, alice }) =>
      Effect.gen(function* () {
        yield* page("xivo[voicemail,delete,3]")
        assert.deepStrictEqual(alice.lists(), ['delconfig voicemails ["3"]'])
        yield* page("xivo[queue,edit,5]")
        yield* page("xivo[queuemember,update]")
        assert.deepStrictEqual(alice.lists(), ["updateconfig queues 5"])
        yield* page("xivo[cticonfig,update]")
        assert.deepStrictEqual(alice.lists(), ['addconfig voicemails ["3"]'])
      })
    )
  )

  it.effect("a deleted user is sent away", () =>
    withPages(({ page, alice }) =>
      Effect.gen(function* () {
        yield* page("xivo[user,delete,1]")
        yield* settle
        assert.strictEqual(alice.hear().at(-1)?.class, "disconnect")
        assert.strictEqual(alice.peer.end(), "ended")
      })
    )
  )

  it.effect("of one turn come in the order of the pages: the configuration, then the last object first", () =>
    withPages(({ page, file, alice }) =>
      Effect.gen(function* () {
        file.declared = declare({
          queues: sampleData.queues.map((queue) => ({ ...queue, displayName: `${queue.displayName} 2` }))
        })
        yield* Effect.all([page("xivo[queue,edit,5]"), page("xivo[voicemail,edit,3]"), page("xivo[cticonfig,update]")], {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(alice.lists(), [
          "updateconfig queues 5",
          "updateconfig queues 6",
          "updateconfig voicemails 3",
          "updateconfig queues 5"
        ])
      })
    )
  )

  it.effect("a configuration that is refused changes nothing, and asks for nothing", () =>
    withPages(({ page, file, alice }) =>
      Effect.gen(function* () {
        file.declared = null
        for (const text of ["xivo[cticonfig,update]", "xivo[queue,edit,5]", "xivo[queuemember,update]"]) yield* page(text)
        assert.deepStrictEqual(alice.lists(), [])
        assert.include(yield* page("sync:xivo[cticonfig,update]"), "XIVO-CLI-WEBI:KO")
      })
    )
  )

  it.effect("2012: a command of Asterisk's", () =>
    withPages(({ page }) =>
      Effect.gen(function* () {
        const { told } = yield* ScriptedTelephony
        told.length = 0
        assert.strictEqual(yield* page("sync:core show version\n"), "XIVO-CLI-WEBI:ID <xivo>\ndone\nXIVO-CLI-WEBI:OK\n")
        assert.deepStrictEqual(told, ["run core show version"])
      })
    )
  )
})

describe("queue members that are declared anew", () => {
  const withMembers = (members: ReadonlyArray<string>, agentQueues: ReadonlyArray<string>): LiveValues =>
    declare({
      queues: sampleData.queues.map((queue) =>
        queue.name === "support"
          ? { ...queue, displayName: "Another", staticMembers: members.map((member) => ({ member, penalty: 0 })) }
          : queue
      ),
      agents: sampleData.agents.map((agent) => ({
        ...agent,
        firstName: "Another",
        queues: agentQueues.map((queue) => ({ queue, penalty: 0 }))
      }))
    })

  it.effect("are announced, then Asterisk is asked for the new ones; nothing else is taken over", () =>
    withPages(({ page, file, alice, carol }) =>
      Effect.gen(function* () {
        const { told } = yield* ScriptedTelephony
        told.length = 0
        file.declared = withMembers(["PJSIP/1002", "PJSIP/1007"], ["support", "sales"])
        yield* page("xivo[queuemember,update]")
        assert.deepStrictEqual(alice.lists(), [
          'delconfig queuemembers ["Agent/2001,callback"]',
          'addconfig queuemembers ["PJSIP/1007,support"]',
          "updateconfig queuemembers Agent/2001,support",
          "updateconfig queuemembers PJSIP/1002,support"
        ])
        assert.deepStrictEqual(carol.lists(), ['addconfig queuemembers ["Agent/2001,sales"]'])
        assert.deepStrictEqual(told, ["refresh ", "ask sales Agent/2001", "ask support PJSIP/1007"])
        yield* page("xivo[queuemember,update]")
        assert.deepStrictEqual([...alice.lists(), ...carol.lists()], [])
        assert.strictEqual(told.length, 3)
      })
    )
  )

  it.effect("are announced also while Asterisk is out of reach, and it is not asked again and again", () =>
    withPages(({ page, file, alice }) =>
      Effect.gen(function* () {
        const { told, answers } = yield* ScriptedTelephony
        told.length = 0
        answers.set("ask", Effect.fail(new TelephonyError({ reason: "unavailable", operation: "askMember", message: "no" })))
        file.declared = withMembers(["PJSIP/1002", "PJSIP/1007"], ["support", "callback", "sales"])
        yield* page("xivo[queuemember,update]")
        assert.include(alice.lists(), 'addconfig queuemembers ["PJSIP/1007,support"]')
        assert.deepStrictEqual(told, ["refresh ", "ask sales Agent/2001"])
      })
    )
  )
})

describe("the switch of live reload", () => {
  it.effect("that was off at the start is off: nothing is read", () =>
    scenario(
      Effect.gen(function* () {
        const unread = Effect.die(new Error("read"))
        const port = yield* openWebInterfacePort(here(), { liveReload: false, reload: unread, read: unread })
        const alice = yield* signIn(yield* cti, "alice")
        const peer = yield* dialPort(port)
        yield* peer.say("xivo[queue,edit,5]")
        assert.deepStrictEqual([peer.end(), alice.lists()], ["ended", []])
      })
    )
  )
})

describe("the console", () => {
  const program = { version: "0.1.0", startedAt: 0, logLevel: null, amiDump: null, health: () => [] }

  it.effect("shows clients, and ends their connections", () =>
    scenario(
      Effect.gen(function* () {
        const console = yield* dialPort(yield* openInfoPort(here(), program))
        const clients = yield* cti
        const alice = yield* signIn(clients, "alice")
        const fresh = yield* dialPort(clients)
        const place = ({ wire }: typeof fresh): string => `127.0.0.1:${wire.address.port}`
        yield* console.say("show_logged\n")
        assert.strictEqual(
          console.take(),
          `id=1 login=alice version=2.3 encrypted=false peer=${place(alice.peer)}\nXIVO-INFO:OK\n`
        )
        yield* console.say("fdlist\n")
        assert.include(console.take(), `login=null peer=${place(fresh)}\n`)
        yield* console.say(`disc 127.0.0.1 ${fresh.wire.address.port}\nkick alice\n`)
        assert.match(
          console.take(),
          /^disconnecting \('127\.0\.0\.1', \d+\) \(\d+\)\nXIVO-INFO:OK\nkicked 1 \(\d+\)\nXIVO-INFO:OK\n$/
        )
        yield* settle
        assert.deepStrictEqual([fresh.end(), alice.peer.end()], ["ended", "ended"])
      })
    )
  )

  it.effect("shows the present state, hears of changes, and no secret comes to it", () =>
    scenario(
      Effect.gen(function* () {
        const console = yield* dialPort(yield* openInfoPort(here(), program))
        const alice = yield* signIn(yield* cti, "alice")
        yield* console.say(`register user ${sampleData.serverUuid} 1\n`)
        yield* alice.peer.say('{"class":"availstate","availstate":"away"}\n')
        yield* settle
        assert.include(console.take(), '"status":"away"')
        for (const command of ["help", "showlist", "show_users", "show_phones", "show_agents", "show_queues", "show_logged"]) {
          yield* console.say(`${command}\n`)
        }
        yield* console.say("show_infos\nfdlist\ndumpami\nregister user x 1\nkick nobody\nshowlist users 1\n")
        for (let turn = 0; turn < 20; turn++) yield* settle
        const text = console.take()
        assert.include(text, '"availstate": "away"')
        assert.isTrue(text.endsWith("XIVO-INFO:OK\n"))
        for (const { login } of sampleData.users) assert.notInclude(text, `${login}-word`)
        assert.notInclude(text, "argon2")
      })
    )
  )
})

describe("the dialplan", () => {
  it.effect("is told how many people are in which presence", () =>
    scenario(
      Effect.gen(function* () {
        const port = yield* openFastAgiPort(here())
        yield* signIn(yield* cti, "alice")
        const asterisk = yield* dialPort(port)
        yield* asterisk.say("agi_network_script: presence\nagi_arg_1: x\n\n")
        assert.include(asterisk.take().replaceAll("\\", ""), '{"g":{"available":1,"away":0,')
      })
    )
  )
})

describe("an announcement", () => {
  it.effect("makes Asterisk be asked for everything", () =>
    scenario(
      Effect.gen(function* () {
        const port = yield* openAnnouncePort(here())
        const { told } = yield* ScriptedTelephony
        told.length = 0
        yield* (yield* DatagramNetwork).send(port, new TextEncoder().encode("asterisk"))
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(told, ["refresh "])
      })
    )
  )
})

describe("side ports", () => {
  const none = { liveReload: true, reload: Effect.succeed(true), read: Effect.succeed(null) }
  const program = { version: "0.1.0", startedAt: 0, logLevel: null, amiDump: null, health: () => [] }
  type AnyOpening = Effect.Effect<Endpoint, ListenError, Services | Scope.Scope>
  const all = (place: SidePortPlace): ReadonlyArray<AnyOpening> => [
    openWebInterfacePort(place, none),
    openInfoPort(place, program),
    openFastAgiPort(place),
    openAnnouncePort(place)
  ]

  it.effect("whose place is taken say so, and others can be opened all the same", () =>
    scenario(
      Effect.gen(function* () {
        const [, ...others] = all(here(5004))
        yield* openWebInterfacePort(here(5004), none)
        const codes: Array<string> = []
        for (const opening of others) {
          const exit = yield* Effect.result(opening)
          codes.push(exit._tag === "Failure" ? exit.failure.code : "opened")
        }
        // the announcements are UDP's
        assert.deepStrictEqual(codes, ["EADDRINUSE", "EADDRINUSE", "opened"])
        yield* openInfoPort(here(5005), program)
      })
    )
  )

  it.effect("move, open first and closed after, also by a command that comes over the one that moves", () =>
    scenario(
      Effect.gen(function* () {
        const [old, next] = [yield* Scope.make(), yield* Scope.make()]
        const running = yield* Effect.context<Services>()
        let moved: Endpoint | null = null
        const open: Effect.Effect<Endpoint, ListenError, Services | Scope.Scope> = openWebInterfacePort(here(), {
          ...none,
          reload: Effect.gen(function* () {
            moved = yield* Effect.orDie(Effect.provideContext(Scope.provide(open, next), running))
            yield* Scope.close(old, Exit.void)
            return true
          })
        })
        const first = yield* Scope.provide(open, old)
        const clients = yield* cti
        const alice = yield* signIn(clients, "alice")
        const peer = yield* dialPort(first)
        yield* peer.say("xivo[cticonfig,update]")
        yield* settle
        assert.strictEqual(peer.end(), "ended")
        assert.isNotNull(moved)
        assert.strictEqual((yield* Effect.flip(dialPort(first)))._tag, "DialRefused")
        assert.strictEqual(alice.peer.end(), null)
        yield* Scope.close(next, Exit.void)
      })
    )
  )
})
