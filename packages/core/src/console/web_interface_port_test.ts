import { MemoryListener, type MemoryNetwork } from "@ctid/simulator/memory_listener"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { TestClock } from "effect/testing"
import type { LiveValues } from "../config/live_config.ts"
import { defaultSettings } from "../config/settings.ts"
import type { Endpoint } from "../connection/connection.ts"
import { TelephonyError } from "../telephony/telephony.ts"
import { dialPort, settle } from "../testdata/port_peer_fixture.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import { openWebInterface, type WebInterfaceEffects } from "./web_interface_port.ts"

const values: LiveValues = { directory: sampleData, settings: defaultSettings }

interface World {
  readonly endpoint: Endpoint
  readonly told: Array<string>
  readonly logged: Array<string>
}

const withPort = (changes: Partial<WebInterfaceEffects>, use: (world: World) => Effect.Effect<void, unknown, MemoryNetwork>) =>
  Effect.suspend(() => {
    const told: Array<string> = []
    const logged: Array<string> = []
    const note = (what: string) => Effect.sync(() => void told.push(what))
    const effects: WebInterfaceEffects = {
      liveReload: true,
      reload: Effect.as(note("reload"), true),
      read: Effect.succeed(values),
      queueMembers: () => note("members"),
      object: ({ list, id }, change) => Effect.as(note(`${change} ${list} ${id}`), id !== 404),
      asterisk: (command) => Effect.as(note(command), ["first line", "second\tline\u001b[2J\r"]),
      ...changes
    }
    return openWebInterface(effects, { address: "127.0.0.1", port: 0, socketTimeout: 10_000 }).pipe(
      Effect.flatMap(({ endpoint }) => use({ endpoint, told, logged })),
      Effect.scoped,
      Effect.provide([
        MemoryListener.layer(),
        Logger.layer([Logger.map(Logger.formatLogFmt, (line) => void logged.push(line))])
      ])
    )
  })

describe("the web interface port", () => {
  it.effect("does one command without a word, and closes when it is done", () =>
    Effect.gen(function* () {
      const released = yield* Deferred.make<boolean>()
      yield* withPort({ reload: Deferred.await(released) }, ({ endpoint, logged }) =>
        Effect.gen(function* () {
          const peer = yield* dialPort(endpoint)
          yield* peer.say("xivo[cticonfig,update]")
          assert.strictEqual(peer.end(), null)
          yield* Deferred.succeed(released, true)
          yield* settle
          assert.deepStrictEqual([peer.end(), peer.take()], ["ended", ""])
          assert.isTrue(logged.some((line) => /level=INFO .*detail=reload/i.test(line)))
        })
      )
    })
  )

  it.effect("takes commands over several connections of one turn together, the last object first", () =>
    withPort({}, ({ endpoint, told }) =>
      Effect.gen(function* () {
        const peers = [yield* dialPort(endpoint), yield* dialPort(endpoint), yield* dialPort(endpoint)]
        for (const [index, text] of ["xivo[user,add,1]\n", "xivo[queue,edit,2]", "xivo[cticonfig,update]"].entries()) {
          peers[index]?.write(text)
        }
        yield* settle
        assert.deepStrictEqual(told, ["reload", "edit queues 2", "add users 1"])
        assert.deepStrictEqual(
          peers.map((peer) => peer.end()),
          ["ended", "ended", "ended"]
        )
      })
    )
  )

  it.effect("takes a command from somebody who leaves at once", () =>
    withPort({}, ({ endpoint, told }) =>
      Effect.gen(function* () {
        const peer = yield* dialPort(endpoint)
        peer.write("async:xivo[userlist,update]")
        peer.wire.end()
        yield* settle
        assert.deepStrictEqual(told, ["reload"])
      })
    )
  )

  it.effect.each([
    ["xivo[queue,edit,404]\n", "WARN", "edit 404 in queues: there is no 404 in queues"],
    ["xivo[toaster,add,1]\n", "WARN", "ignored: no such kind of object"],
    ["xivo[meetme,edit,1]\n", "INFO", "nothing to do for meetme,edit"],
    ["hello", "WARN", "ignored: no command"]
  ] as const)("logs what came of %j, and closes", ([text, level, detail]) =>
    withPort({}, ({ endpoint, logged }) =>
      Effect.gen(function* () {
        const peer = yield* dialPort(endpoint)
        yield* peer.say(text)
        assert.deepStrictEqual([peer.end(), peer.take()], ["ended", ""])
        assert.strictEqual(logged.length, 1)
        assert.include(logged[0]?.toUpperCase() ?? "", `LEVEL=${level}`)
        assert.include(logged[0] ?? "", detail)
      })
    )
  )

  it.effect("does only the first of several commands", () =>
    withPort({}, ({ endpoint, told }) =>
      Effect.gen(function* () {
        const peer = yield* dialPort(endpoint)
        yield* peer.say("xivo[user,add,1]\nxivo[user,add,2]\n")
        yield* TestClock.adjust("5 seconds")
        yield* settle
        assert.deepStrictEqual(told, ["add users 1"])
      })
    )
  )

  it.effect("does nothing while live reload is off, says so in the log, and closes", () =>
    withPort({ liveReload: false }, ({ endpoint, told, logged }) =>
      Effect.gen(function* () {
        const [head, sync] = [yield* dialPort(endpoint), yield* dialPort(endpoint)]
        yield* head.say("xivo[queue,edit,5]")
        yield* sync.say("sync:core show channels\n")
        assert.deepStrictEqual([head.end(), head.take()], ["ended", ""])
        assert.deepStrictEqual([sync.end(), sync.take()], ["ended", "XIVO-CLI-WEBI:ID <xivo>\nXIVO-CLI-WEBI:KO\n"])
        assert.deepStrictEqual(told, [])
        assert.isTrue(logged.every((line) => line.includes("live reload disabled")))
        assert.strictEqual(logged.length, 2)
      })
    )
  )

  it.effect("of 2012 answers what Asterisk said, line by line and nothing but text, then a status", () =>
    withPort({}, ({ endpoint, told }) =>
      Effect.gen(function* () {
        const peer = yield* dialPort(endpoint)
        yield* peer.say("sync:core show channels")
        assert.strictEqual(peer.take(), "")
        yield* TestClock.adjust("200 millis")
        yield* settle
        assert.strictEqual(peer.take(), "XIVO-CLI-WEBI:ID <xivo>\nfirst line\nsecond line [2J \nXIVO-CLI-WEBI:OK\n")
        assert.strictEqual(peer.end(), "ended")
        assert.deepStrictEqual(told, ["core show channels"])
      })
    )
  )

  it.effect("of 2012 runs `async` commands too and says nothing", () =>
    withPort({}, ({ endpoint, told }) =>
      Effect.gen(function* () {
        const peer = yield* dialPort(endpoint)
        yield* peer.say("async:dialplan reload\n")
        assert.deepStrictEqual([peer.end(), peer.take()], ["ended", ""])
        assert.deepStrictEqual(told, ["dialplan reload"])
      })
    )
  )

  it.effect("of 2012 answers a refusal, and what is no command, with another status", () => {
    const away = new TelephonyError({ reason: "unavailable", operation: "runCommand", message: "out of reach" })
    return withPort({ asterisk: () => Effect.fail(away), reload: Effect.succeed(false) }, ({ endpoint, logged }) =>
      Effect.gen(function* () {
        for (const text of ["sync:sip reload\n", "sync:xivo[daemon,reload]\n", "sync:core stop now\n", "sync:\n"]) {
          const peer = yield* dialPort(endpoint)
          yield* peer.say(text)
          assert.deepStrictEqual([peer.end(), peer.take()], ["ended", "XIVO-CLI-WEBI:ID <xivo>\nXIVO-CLI-WEBI:KO\n"])
        }
        assert.isTrue(logged.some((line) => line.includes("sip reload: out of reach")))
      })
    )
  })

  it.effect("a browser that posts to it does nothing", () =>
    withPort({}, ({ endpoint, told }) =>
      Effect.gen(function* () {
        const peer = yield* dialPort(endpoint)
        yield* peer.say("POST / HTTP/1.1\r\nContent-Type: text/plain\r\n\r\nxivo[cticonfig,update]\r\n")
        assert.strictEqual(peer.end(), "reset")
        yield* TestClock.adjust("10 seconds")
        yield* settle
        assert.deepStrictEqual(told, [])
      })
    )
  )

  it.effect("a mistake of ours closes the connection, also where an answer was waited for", () =>
    withPort({ reload: Effect.die(new Error("a mistake")) }, ({ endpoint, logged }) =>
      Effect.gen(function* () {
        const peer = yield* dialPort(endpoint)
        yield* peer.say("sync:xivo[daemon,reload]\n")
        assert.deepStrictEqual([peer.end(), peer.take()], ["ended", ""])
        assert.isTrue(logged.some((line) => line.includes("a mistake")))
      })
    )
  )
})
