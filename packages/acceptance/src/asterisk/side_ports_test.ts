/** What a real Asterisk and ctid say to each other over the side ports: Fast AGI from the dialplan, announcements, 2012's commands. */
import { createSocket } from "node:dgram"
import { connect } from "node:net"
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Asterisk } from "./asterisk.ts"
import { ids } from "./company.ts"
import { eventually } from "./eventually.ts"
import { scenarioWithoutServer } from "./office.ts"
import type { RunningServer } from "./running_server.ts"

type Pbx = Asterisk["Service"]

/** The dialplan knows where ctid is. */
const tellPlace = (asterisk: Pbx, server: RunningServer) =>
  asterisk.console(`dialplan set global CTID_AGI 127.0.0.1:${server.portOf("fast_agi")}`)

const linked = (server: RunningServer) => eventually("the link to Asterisk is up", server.linkIsUp, (up) => up)

let asked = 0

/** Somebody calls an extension that asks ctid; what it heard. */
const ask = Effect.fnUntraced(function* (asterisk: Pbx, place: string, callerId = "<5551234>") {
  for (const key of Object.keys(yield* asterisk.database("heard"))) yield* asterisk.console(`database del heard ${key}`)
  yield* asterisk.act({
    Action: "Originate",
    ActionID: `ask-${++asked}`,
    Channel: `Local/${place}/n`,
    Application: "Wait",
    Data: "30",
    CallerID: callerId,
    Async: "true"
  })
  return yield* eventually("the dialplan has heard", asterisk.database("heard"), ({ agi }) => agi !== undefined)
})

const announce = (server: RunningServer, text: string): Effect.Effect<void> =>
  Effect.acquireUseRelease(
    Effect.sync(() => createSocket("udp4")),
    (socket) =>
      Effect.callback<void>((resume) => {
        socket.send(text, server.portOf("announce"), "127.0.0.1", () => resume(Effect.void))
      }),
    (socket) => Effect.sync(() => socket.close())
  )

/** Says one command to the web interface; all that is answered, up to the end. */
const page = (server: RunningServer, command: string): Effect.Effect<string> =>
  Effect.callback<string>((resume) => {
    let answer = ""
    const socket = connect(server.portOf("web_interface"), "127.0.0.1", () => socket.write(command))
    socket.setEncoding("utf8").on("data", (text: string) => {
      answer += text
    })
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(answer)))
    return Effect.sync(() => socket.destroy())
  })

describe("the dialplan asks ctid", () => {
  scenarioWithoutServer("how many people are in a presence", ({ asterisk, serve }) =>
    Effect.gen(function* () {
      const server = yield* serve({ ports: ["fast_agi"] })
      yield* linked(server)
      yield* tellPlace(asterisk, server)
      const [alice] = [yield* server.signIn("alice"), yield* server.signIn("bob"), yield* server.signIn("dave")]
      assert.deepStrictEqual(yield* ask(asterisk, "available@ask-presence"), {
        presence: "3",
        ctid: "",
        agi: "SUCCESS"
      })
      yield* alice.client.setPresence("away")
      assert.strictEqual((yield* ask(asterisk, "available@ask-presence")).presence, "2")
      assert.strictEqual((yield* ask(asterisk, "away@ask-presence")).presence, "1")
      assert.strictEqual((yield* ask(asterisk, "donotdisturb@ask-presence")).presence, "0")
      assert.strictEqual((yield* ask(asterisk, "nosuch@ask-presence")).presence, "")
    })
  )

  scenarioWithoutServer("and gets an answer as long as it can read, and none that is longer", ({ asterisk, serve }) =>
    Effect.gen(function* () {
      const groups = (count: number) => ({
        ports: ["fast_agi" as const],
        presenceGroups: Object.fromEntries(
          Array.from({ length: count }, (_, index) => [
            `group-${String(index).padStart(2, "0")}-${"x".repeat(30)}`,
            { available: { color: "#9BC920" }, disconnected: { color: "#9E9E9E" } }
          ])
        )
      })
      const answers: Array<string> = []
      for (const count of [22, 24]) {
        const server = yield* serve(groups(count))
        yield* linked(server)
        yield* tellPlace(asterisk, server)
        yield* server.signIn("alice")
        const { presence, ctid, agi } = yield* ask(asterisk, "available@ask-presence")
        answers.push(`${presence} ${ctid} ${agi}`)
      }
      assert.deepStrictEqual(answers, ["1  SUCCESS", " FAIL SUCCESS"])
    })
  )

  scenarioWithoutServer("what a caller without a name is called", ({ asterisk, serve }) =>
    Effect.gen(function* () {
      const server = yield* serve({ ports: ["fast_agi"] })
      yield* linked(server)
      yield* tellPlace(asterisk, server)
      const name = (who: string, called: string) =>
        Effect.map(ask(asterisk, `${called}@ask-caller`, who), (heard) => `${heard.name} ${heard.number} ${heard.agi}`)
      assert.strictEqual(yield* name("<1003>", ids.alice), "carol 1003 SUCCESS")
      assert.strictEqual(yield* name('"1003" <1003>', ids.alice), "carol 1003 SUCCESS")
      assert.strictEqual(yield* name('"Somebody" <1003>', ids.alice), "Somebody 1003 SUCCESS")
      assert.strictEqual(yield* name("<1003>", ids.dave), " 1003 SUCCESS")
      assert.strictEqual(yield* name("<5551234>", ids.alice), " 5551234 SUCCESS")
    })
  )

  scenarioWithoutServer(
    "and hears that it cannot say while its link is down, and that nobody is there",
    ({ asterisk, serve }) =>
      Effect.gen(function* () {
        const server = yield* serve({ ports: ["fast_agi"], ami: { password: "notTheSecret" } })
        yield* tellPlace(asterisk, server)
        assert.deepStrictEqual(yield* ask(asterisk, "available@ask-presence"), { presence: "", ctid: "FAIL", agi: "SUCCESS" })
        yield* asterisk.console("dialplan set global CTID_AGI 127.0.0.1:1")
        assert.deepStrictEqual(yield* ask(asterisk, "available@ask-presence"), { presence: "", ctid: "", agi: "FAILURE" })
      })
  )
})

describe("an announcement", () => {
  scenarioWithoutServer("makes a link that is down be tried at once", ({ asterisk, serve }) =>
    Effect.gen(function* () {
      // refused, it would be tried again in an hour
      const server = yield* serve({ ports: ["announce"], ami: { password: "notTheSecret", retry_refused: 3600 } })
      const refused = Effect.sync(() => server.log().filter((line) => /refused/i.test(line)))
      yield* eventually("the login is refused", refused, (lines) => lines.length > 0)
      yield* asterisk.setSecret("notTheSecret")
      yield* announce(server, "asterisk has started\n")
      yield* eventually("the link is up", server.linkIsUp, (up) => up)
      assert.isTrue(server.log().some((line) => line.includes("announced by asterisk") && line.includes("connecting")))
    })
  )

  scenarioWithoutServer("makes everything be asked for where the link is up", ({ asterisk, serve }) =>
    Effect.gen(function* () {
      const server = yield* serve({ ports: ["announce"], pollInterval: 3600 })
      yield* linked(server)
      const alice = yield* server.signIn("alice")
      yield* alice.sees("no forward of carol's", (board) => board.users.get(ids.carol)?.busy.enabled === false)
      // nothing tells of it: it has no device state
      yield* asterisk.console("database put CFB 1003 1001")
      yield* announce(server, "asterisk")
      yield* alice.sees("carol's forward on busy", (board) => board.users.get(ids.carol)?.busy.destination === "1001")
    })
  )
})

describe("the administration pages", () => {
  scenarioWithoutServer("run the commands that are allowed on Asterisk's console, where the account may", ({ serve }) =>
    Effect.gen(function* () {
      const run = Effect.fnUntraced(function* (username: string, command: string) {
        const server = yield* serve({ ports: ["web_interface"], ami: { username } })
        yield* linked(server)
        return yield* page(server, command)
      })
      const answer = (yield* run("operator", "sync:core show version\n")).split("\n")
      assert.deepStrictEqual([answer[0], answer.at(-2), answer.at(-1)], ["XIVO-CLI-WEBI:ID <xivo>", "XIVO-CLI-WEBI:OK", ""])
      assert.match(answer[1] ?? "", /^Asterisk \d+\./)
      assert.include(yield* run("operator", "sync:dialplan reload\n"), "XIVO-CLI-WEBI:OK")
      // the documented account has no right `command`
      assert.strictEqual(yield* run("ctid", "sync:core show version\n"), "XIVO-CLI-WEBI:ID <xivo>\nXIVO-CLI-WEBI:KO\n")
    })
  )
})
