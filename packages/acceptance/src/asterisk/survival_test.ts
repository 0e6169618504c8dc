/** Asterisk dies and comes back: clients stay, and everything is right again. */
import { DatabaseSync } from "node:sqlite"
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ids } from "./company.ts"
import { eventually } from "./eventually.ts"
import { scenario, scenarioWithoutServer } from "./office.ts"

describe("Asterisk killed and started again", () => {
  scenario("no client is lost, and do not disturb, members and hints are right again", ({ asterisk, server, signIn }) =>
    Effect.gen(function* () {
      const alice = yield* signIn("alice")
      const carol = yield* signIn("carol")
      const dave = yield* signIn("dave")
      yield* alice.client.agentLogin()
      yield* carol.client.agentLogin()
      yield* alice.sees("both agents", (board) =>
        [...board.agents.values()].every(({ availability }) => availability === "available")
      )
      yield* alice.client.setPresence("donotdisturb")
      assert.strictEqual(yield* asterisk.call("1003"), "answered")
      yield* alice.sees("carol's phone in use", (board) => board.phones.get(ids.phone1003)?.hint === 1)
      yield* asterisk.saved

      yield* asterisk.kill
      yield* eventually("ctid knows", server.linkIsUp, (up) => !up)
      // people go on working meanwhile
      yield* carol.client.setPresence("away")
      yield* alice.sees("carol away", (board) => board.users.get(ids.carol)?.presence === "away")

      yield* asterisk.startAgain
      yield* eventually("ctid is back", server.linkIsUp, (up) => up, 30)
      assert.deepStrictEqual(yield* asterisk.database("DND"), { "1001": "YES" })
      assert.match(yield* asterisk.console("queue show support"), /Agent\/4001 \(PJSIP\/1001\).*\(paused/)
      assert.match(yield* asterisk.console("queue show support"), /Agent\/4002 \(PJSIP\/1003\)/)
      yield* carol.sees("alice as before, and her own phone free", (board) => {
        const user = board.users.get(ids.alice)
        return (
          user?.presence === "donotdisturb" &&
          user.doNotDisturb &&
          board.agents.get(ids.agent4001)?.availability === "unavailable" &&
          board.queuemembers.get("Agent/4001,support")?.paused === true &&
          board.phones.get(ids.phone1003)?.hint === 0
        )
      })
      // and it goes on
      yield* alice.client.setPresence("available")
      assert.deepStrictEqual(yield* asterisk.database("DND"), {})
      yield* carol.sees("alice available", (board) => board.agents.get(ids.agent4001)?.availability === "available")
      for (const { client } of [alice, carol, dave]) {
        assert.strictEqual(client.state()._tag, "Online")
        assert.strictEqual(client.counts().connections, 1, server.log().join(""))
      }
    })
  )

  scenario("what was wanted while it was away is written on its return", ({ asterisk, server, signIn }) =>
    Effect.gen(function* () {
      const alice = yield* signIn("alice")
      const bob = yield* signIn("bob")
      yield* alice.client.agentLogin()
      yield* bob.sees("her agent", (board) => board.agents.get(ids.agent4001)?.availability === "available")
      yield* alice.client.setPresence("donotdisturb")
      yield* asterisk.saved
      yield* asterisk.kill
      yield* eventually("ctid knows", server.linkIsUp, (up) => !up)

      yield* alice.client.setPresence("available")
      yield* bob.client.setPresence("donotdisturb")
      yield* bob.client.setPresence("available")
      yield* bob.client.setPresence("donotdisturb")
      yield* bob.client.setForward("busy", { enabled: true, destination: "1003" })
      yield* alice.sees("bob's forward", (board) => board.users.get(ids.bob)?.busy.enabled === true)

      yield* asterisk.startAgain
      yield* eventually("ctid is back", server.linkIsUp, (up) => up, 30)
      yield* eventually(
        "the last wishes are in AstDB",
        Effect.all([asterisk.database("DND"), asterisk.database("CFB")]),
        ([doNotDisturb, busy]) =>
          doNotDisturb["1001"] === undefined && doNotDisturb["1002"] === "YES" && busy["1002"] === "1003"
      )
      yield* eventually(
        "her agent is not paused",
        asterisk.console("queue show"),
        (shown) => !/Agent\/4001.*paused/.test(shown)
      )
      for (const person of [alice, bob]) {
        yield* person.sees("what Asterisk has", (board) => {
          const [first, second] = [board.users.get(ids.alice), board.users.get(ids.bob)]
          return (
            first?.presence === "available" &&
            !first.doNotDisturb &&
            board.agents.get(ids.agent4001)?.availability === "available" &&
            second?.doNotDisturb === true &&
            second.busy.destination === "1003"
          )
        })
      }
    })
  )

  scenario("what changed in Asterisk while nobody looked is on the boards", ({ asterisk, server, signIn }) =>
    Effect.gen(function* () {
      const alice = yield* signIn("alice")
      yield* alice.client.agentLogin()
      yield* alice.sees("her agent", (board) => board.agents.get(ids.agent4001)?.availability === "available")
      yield* asterisk.saved
      yield* asterisk.kill
      yield* eventually("ctid knows", server.linkIsUp, (up) => !up)
      const database = new DatabaseSync(asterisk.info.database)
      database.exec("INSERT INTO astdb (key, value) VALUES ('/DND/1003', 'YES'), ('/CF/1002', '1001')")
      database.exec("DELETE FROM astdb WHERE key LIKE '/Queue/PersistentMembers/%'")
      database.close()
      yield* asterisk.startAgain
      yield* eventually("ctid is back", server.linkIsUp, (up) => up, 30)
      yield* alice.sees("carol's do not disturb, bob's forward, and her own agent logged out", (board) => {
        const bob = board.users.get(ids.bob)
        return (
          board.users.get(ids.carol)?.doNotDisturb === true &&
          bob?.unconditional.destination === "1001" &&
          bob.unconditional.enabled &&
          board.agents.get(ids.agent4001)?.availability === "logged_out"
        )
      })
    })
  )

  scenarioWithoutServer("a server that starts before Asterisk lets people in and finds it later", ({ asterisk, serve }) =>
    Effect.gen(function* () {
      yield* asterisk.kill
      const server = yield* serve()
      const alice = yield* server.signIn("alice")
      const bob = yield* server.signIn("bob")
      yield* alice.client.setPresence("donotdisturb")
      yield* bob.sees("her presence", (board) => board.users.get(ids.alice)?.presence === "donotdisturb")
      yield* asterisk.startAgain
      yield* eventually("do not disturb is set", asterisk.database("DND"), (found) => found["1001"] === "YES", 30)
      yield* bob.sees("her phone free", (board) => board.phones.get(ids.phone1001)?.hint === 0)
    })
  )
})
