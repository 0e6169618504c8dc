import { MemoryDirectory } from "@ctid/simulator/memory_directory"
import { MemoryListener } from "@ctid/simulator/memory_listener"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import { TestClock } from "effect/testing"
import { Settings } from "../config/settings.ts"
import { Directory } from "../directory/directory.ts"
import { CtiEvents } from "../events/cti_events.ts"
import { Notifier } from "../notify/notifier.ts"
import { TelephonyState } from "../telephony/telephony_state.ts"
import { dialPort, settle } from "../testdata/port_peer_fixture.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import { type AmiDump, type InfoWorld, openInfoServer } from "./info_port.ts"
import type { OpenConnection } from "./info_views.ts"

const cti = (connectionId: number, login: string | null, id = 0): OpenConnection => ({
  port: "cti",
  connectionId,
  peer: { address: "192.0.2.9", port: 40_000 + connectionId },
  encrypted: false,
  user: login === null ? null : { id, login, version: "2.3" }
})

const where = { address: "127.0.0.1", port: 0, socketTimeout: 10_000 }

const doors = Layer.provideMerge(
  Notifier.layer,
  Layer.mergeAll(
    CtiEvents.layer,
    MemoryDirectory.layer(sampleData),
    Settings.layer(),
    MemoryListener.layer({ capacity: 1024, highWater: 1024 })
  )
)

/** A port, with a console on it. */
const open = Effect.fnUntraced(function* (changes: Partial<InfoWorld> = {}) {
  const directory = yield* Directory
  const notifier = yield* Notifier
  const telephony = new TelephonyState(() => directory.current(), 0)
  const disconnected: Array<number> = []
  const scope = yield* Scope.make()
  const world: InfoWorld = {
    directory: directory.current,
    telephony,
    presence: { get: () => "available", connected: () => true },
    version: "0.1.0",
    startedAt: 0,
    notifier,
    connections: () => [
      cti(1, "alice", 1),
      cti(2, null),
      cti(3, "alice", 1),
      cti(4, "bob", 2),
      { ...cti(5, null), port: "agi" }
    ],
    disconnect: (id) => void disconnected.push(id),
    logLevel: null,
    amiDump: null,
    health: () => ["config=refused since 1970-01-01T00:00:00.000Z"],
    ...changes
  }
  const port = yield* Scope.provide(openInfoServer(world, where), scope)
  const console = yield* dialPort(port.endpoint)
  const ask = (line: string) => Effect.map(console.say(`${line}\n`), () => console.take().trimEnd().split("\n"))
  return { port, console, ask, notifier, telephony, disconnected, close: Effect.andThen(Scope.close(scope, Exit.void), settle) }
})

const scenario = (run: Effect.Effect<void, unknown, Layer.Success<typeof doors> | Scope.Scope>) =>
  run.pipe(Effect.scoped, Effect.provide(doors))

const OK = "XIVO-INFO:OK"
const KO = "XIVO-INFO:KO"

describe("the info server", () => {
  it.effect("answers one command after the other, each with a status, and stays open", () =>
    scenario(
      Effect.gen(function* () {
        const { console, ask } = yield* open()
        const help = yield* ask("help")
        assert.deepStrictEqual([help.at(0), help.at(1), help.at(-2), help.at(-1)], ["", "help", "", OK])
        assert.deepStrictEqual(yield* ask("dance"), [KO])
        yield* console.say("\r\n\nshow_logged\r\ndance\n")
        assert.deepStrictEqual(console.take().split("\n"), [
          "id=1 login=alice version=2.3 encrypted=false peer=192.0.2.9:40001",
          "id=1 login=alice version=2.3 encrypted=false peer=192.0.2.9:40003",
          "id=2 login=bob version=2.3 encrypted=false peer=192.0.2.9:40004",
          OK,
          KO,
          ""
        ])
        assert.strictEqual(console.end(), null)
      })
    )
  )

  it.effect("says what runs, for how long, and how it is", () =>
    scenario(
      Effect.gen(function* () {
        const { ask } = yield* open({ startedAt: 1_000 })
        yield* TestClock.adjust("62500 millis")
        assert.deepStrictEqual(yield* ask("show_infos"), [
          "infos=xivo_version=0.1.0;commandset=xivocti;uptime=61 s",
          "config=refused since 1970-01-01T00:00:00.000Z",
          OK
        ])
      })
    )
  )

  it.effect("shows lists whole, and at a glance", () =>
    scenario(
      Effect.gen(function* () {
        const { ask } = yield* open()
        const list = yield* ask("showlist queues 5")
        assert.deepStrictEqual(
          [list[0], list[1], list[2], list.at(-1)],
          ["ipbxid : xivo", "    queues", "        queues 5", OK]
        )
        assert.deepStrictEqual((yield* ask("show_agents")).at(-1), OK)
        assert.strictEqual((yield* ask("show_phones")).length, sampleData.lines.length + 1)
      })
    )
  )

  it.effect("closes the connection of a peer, of a client and of nobody else", () =>
    scenario(
      Effect.gen(function* () {
        const { ask, disconnected } = yield* open()
        assert.deepStrictEqual(yield* ask("disc 192.0.2.9 40002"), ["disconnecting ('192.0.2.9', 40002) (2)", OK])
        assert.deepStrictEqual(yield* ask("disc 192.0.2.9 4"), ["nobody disconnected", OK])
        assert.deepStrictEqual(yield* ask("disc 192.0.2.9 40005"), ["nobody disconnected", OK])
        assert.deepStrictEqual(yield* ask("disc 192.0.2.9"), [OK])
        assert.deepStrictEqual(disconnected, [2])
      })
    )
  )

  it.effect("kicks a person, by login or id, out of all his clients", () =>
    scenario(
      Effect.gen(function* () {
        const { ask, disconnected } = yield* open()
        assert.deepStrictEqual(yield* ask("kick alice"), ["kicked 1 (1)", "kicked 1 (3)", OK])
        assert.deepStrictEqual(yield* ask("kick 2"), ["kicked 2 (4)", OK])
        assert.deepStrictEqual(yield* ask("kick zoe"), ["nobody kicked", OK])
        assert.deepStrictEqual(yield* ask("kick"), [OK])
        assert.deepStrictEqual(disconnected, [1, 3, 4])
      })
    )
  )

  it.effect("lists every open connection, its own consoles too", () =>
    scenario(
      Effect.gen(function* () {
        const { ask, console } = yield* open()
        const lines = yield* ask("fdlist")
        assert.strictEqual(lines.length, 7)
        assert.include(lines, "port=cti connection=2 encrypted=false login=null peer=192.0.2.9:40002")
        assert.match(lines[5] ?? "", new RegExp(`^port=info .*peer=127\\.0\\.0\\.1:${console.wire.address.port}$`))
      })
    )
  )

  it.effect("sets the level of the log, where there is one to set", () =>
    scenario(
      Effect.gen(function* () {
        const set: Array<string> = []
        const { ask } = yield* open({ logLevel: (level) => void set.push(level) })
        assert.deepStrictEqual(yield* ask("loglevel set warning"), ["loglevel set to warning (30)", OK])
        assert.deepStrictEqual(yield* ask("loglevel set loud"), ["unknown level name loud to set", OK])
        assert.deepStrictEqual(set, ["warning"])
        const without = yield* open()
        assert.deepStrictEqual(yield* without.ask("loglevel set debug"), ["unknown level name debug to set", OK])
      })
    )
  )

  it.effect("shows Asterisk's events in the log, where that can be", () =>
    scenario(
      Effect.gen(function* () {
        const dumping: { on: boolean; events: ReadonlyArray<string> } = { on: false, events: [] }
        const amiDump: AmiDump = {
          set: (on, events) => void Object.assign(dumping, { on, events }),
          on: () => dumping.on,
          events: () => dumping.events
        }
        const { ask } = yield* open({ amiDump })
        assert.deepStrictEqual(yield* ask("dumpami"), ["dumpami status : enable () disable (all)", OK])
        assert.deepStrictEqual(yield* ask("dumpami enable"), ["dumpami status : enable (all) disable ()", OK])
        assert.deepStrictEqual(yield* ask("dumpami enable Hangup,Newstate"), [
          "dumpami status : enable (Hangup,Newstate) disable ()",
          OK
        ])
        assert.deepStrictEqual(dumping, { on: true, events: ["Hangup", "Newstate"] })
        assert.deepStrictEqual(yield* ask("dumpami disable"), ["dumpami status : enable () disable (all)", OK])
        const without = yield* open()
        assert.deepStrictEqual(yield* without.ask("dumpami enable"), ["dumpami status : enable () disable (all)", OK])
      })
    )
  )

  it.effect("logs what changes something, before it does, and not what only asks", () => {
    const logged: Array<string> = []
    return scenario(
      Effect.gen(function* () {
        const { console, ask } = yield* open({ logLevel: () => {} })
        for (const line of ["help", "kick alice", "show_logged", "disc 192.0.2.9 4", "loglevel set debug"]) yield* ask(line)
        const peer = `peer=127.0.0.1:${console.wire.address.port}`
        assert.strictEqual(logged.length, 3)
        for (const [index, command] of ["kick alice", "disc 192.0.2.9 4", "loglevel set debug"].entries()) {
          assert.include(logged[index] ?? "", `command="${command}"`)
          assert.include(logged[index] ?? "", peer)
        }
      })
    ).pipe(Effect.provide(Logger.layer([Logger.map(Logger.formatLogFmt, (line) => void logged.push(line))])))
  })

  it.effect("a mistake of ours prints nothing for its command, and the next one is answered", () =>
    scenario(
      Effect.gen(function* () {
        const { console } = yield* open({
          connections: () => {
            throw new Error("a mistake")
          }
        })
        yield* console.say("show_logged\ndance\n")
        assert.strictEqual(console.take(), `${KO}\n`)
      })
    )
  )

  it.effect("takes its leave when it closes", () =>
    scenario(
      Effect.gen(function* () {
        const { console, close } = yield* open()
        yield* close
        assert.strictEqual(
          console.take(),
          "-- disconnected message from server at Thu, 01 Jan 1970 00:00:00 GMT : server stop\n"
        )
        assert.strictEqual(console.end(), "ended")
      })
    )
  )

  it.effect("of people who are silent for ten minutes takes none", () =>
    scenario(
      Effect.gen(function* () {
        const { console } = yield* open()
        yield* TestClock.adjust("599 seconds")
        yield* settle
        assert.strictEqual(console.end(), null)
        yield* TestClock.adjust("1 second")
        yield* settle
        assert.strictEqual(console.end(), "ended")
      })
    )
  )
})

describe("a console that registered", () => {
  const uuid = sampleData.serverUuid
  const classes = (text: string): ReadonlyArray<unknown> =>
    text
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line).data)

  it.effect("hears the status messages of these objects, of no others, and may be silent", () =>
    scenario(
      Effect.gen(function* () {
        const { console, ask, notifier, telephony } = yield* open()
        const [alice] = sampleData.users
        for (const key of [`user ${uuid} ${alice?.uuid}`, `endpoint ${uuid} 10`, `agent ${uuid} 7`]) {
          assert.deepStrictEqual(yield* ask(`register ${key}`), [OK])
        }
        yield* TestClock.adjust("1 hour")
        notifier.presence(1, "away")
        notifier.presence(2, "away")
        notifier.changes(telephony, [
          { _tag: "Phone", lineId: 10, state: 8 },
          { _tag: "Phone", lineId: 20, state: 8 },
          { _tag: "Agent", agentId: 7, status: telephony.agents.agent(7), login: true }
        ])
        yield* settle
        assert.deepStrictEqual(classes(console.take()), [
          { xivo_uuid: uuid, user_uuid: alice?.uuid, user_id: 1, status: "away" },
          { xivo_uuid: uuid, endpoint_id: 10, status: 8 },
          { xivo_uuid: uuid, agent_id: 7, status: "logged_out" }
        ])
        assert.strictEqual(console.end(), null)
      })
    )
  )

  it.effect("of another server, or for what is not there, hears nothing and may not be silent", () =>
    scenario(
      Effect.gen(function* () {
        const { console, ask, notifier } = yield* open()
        assert.deepStrictEqual(yield* ask("register user another 1"), [OK])
        assert.deepStrictEqual(yield* ask(`register user ${uuid} 99`), [OK])
        notifier.presence(1, "away")
        notifier.presence(99, "away")
        yield* TestClock.adjust("10 minutes")
        yield* settle
        assert.deepStrictEqual([console.take(), console.end()], ["", "ended"])
      })
    )
  )

  it.effect("hears nothing of what is gone, and again when it has come back and he asks for it", () =>
    scenario(
      Effect.gen(function* () {
        const { console, ask, notifier } = yield* open()
        const directory = yield* MemoryDirectory
        yield* ask(`register user ${uuid} 1`)
        yield* directory.set({ ...sampleData, users: sampleData.users.filter(({ id }) => id !== 1) })
        notifier.dropRegistrations()
        yield* directory.set(sampleData)
        notifier.presence(1, "away")
        yield* settle
        assert.strictEqual(console.take(), "")
        yield* ask(`register user ${uuid} 1`)
        notifier.presence(1, "available")
        yield* settle
        assert.strictEqual(classes(console.take()).length, 1)
      })
    )
  )

  it.effect("and does not read loses his connection", () =>
    scenario(
      Effect.gen(function* () {
        const { console, ask, notifier, port } = yield* open()
        yield* ask(`register user ${uuid} 1`)
        console.wire.pause()
        for (let index = 0; index < 2000; index++) notifier.presence(1, "x".repeat(200))
        yield* settle
        assert.strictEqual(console.end(), "reset")
        assert.deepStrictEqual(port.connections(), [])
      })
    )
  )
})
