/** What people do at their clients happens on a real Asterisk, and what happens there is on the right boards. */
import type { BoardUser } from "@ctid/client"
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ids } from "./company.ts"
import { eventually } from "./eventually.ts"
import { scenario, scenarioWithoutServer } from "./office.ts"

/** A queue's members as the console shows them: `Agent/4001 (PJSIP/1001) ... (paused ...)`. */
const agent4001 = /Agent\/4001 \(PJSIP\/1001\)/
const paused4001 = /Agent\/4001 \(PJSIP\/1001\).*\(paused/

const deviceIs = (list: string, device: string, state: string): boolean => list.includes(`Name: '${device}'  State: '${state}'`)

describe("people on a real Asterisk", () => {
  scenario("everybody sees his company and nothing of the other", ({ signIn }) =>
    Effect.gen(function* () {
      const alice = yield* signIn("alice")
      const dave = yield* signIn("dave")
      yield* alice.sees("her company", (board) => board.users.get(ids.alice)?.presence === "available")
      const of = ({ client }: typeof alice) => {
        const board = client.board()
        return {
          users: [...board.users.keys()],
          phones: [...board.phones.values()].map(({ number }) => number),
          agents: [...board.agents.values()].map(({ number }) => number),
          queues: [...board.queues.values()].map(({ name }) => name),
          voicemails: [...board.voicemails.values()].map(({ mailbox }) => mailbox)
        }
      }
      assert.deepStrictEqual(of(alice), {
        users: ["1", "2", "3"],
        phones: ["1001", "1002", "1003"],
        agents: ["4001", "4002"],
        queues: ["support", "callback"],
        voicemails: ["1001"]
      })
      assert.deepStrictEqual(of(dave), {
        users: ["4", "5"],
        phones: ["2001", "2002"],
        agents: ["4003"],
        queues: ["sales"],
        voicemails: []
      })
      yield* alice.sees("that the phones are free", (board) => [...board.phones.values()].every(({ hint }) => hint === 0))
    })
  )

  scenario("do not disturb is in AstDB and pauses her agent in all his queues; available undoes it", ({ asterisk, signIn }) =>
    Effect.gen(function* () {
      const alice = yield* signIn("alice")
      const bob = yield* signIn("bob")
      const dave = yield* signIn("dave")
      yield* alice.client.agentLogin()
      yield* bob.sees("her agent log in", (board) => board.agents.get(ids.agent4001)?.availability === "available")
      yield* dave.forget

      yield* alice.client.setPresence("donotdisturb")
      assert.deepStrictEqual(yield* asterisk.database("DND"), { "1001": "YES" })
      assert.isTrue(deviceIs(yield* asterisk.console("devstate list"), "Custom:DND1001", "BUSY"))
      for (const queue of ["support", "callback"]) {
        assert.match(yield* asterisk.console(`queue show ${queue}`), paused4001)
      }
      assert.strictEqual(yield* asterisk.call("1001"), "busy")
      yield* bob.sees("her presence, do not disturb, and her agent paused", (board) => {
        const user = board.users.get(ids.alice)
        const members = [...board.queuemembers.values()].filter(({ memberName }) => memberName === "Agent/4001")
        return (
          user?.presence === "donotdisturb" &&
          user.doNotDisturb &&
          board.agents.get(ids.agent4001)?.availability === "unavailable" &&
          members.length === 2 &&
          members.every(({ paused }) => paused)
        )
      })

      yield* alice.client.setPresence("available")
      assert.deepStrictEqual(yield* asterisk.database("DND"), {})
      assert.isTrue(deviceIs(yield* asterisk.console("devstate list"), "Custom:DND1001", "NOT_INUSE"))
      for (const queue of ["support", "callback"]) {
        const shown = yield* asterisk.console(`queue show ${queue}`)
        assert.match(shown, agent4001)
        assert.notMatch(shown, paused4001)
      }
      yield* bob.sees("all of it undone", (board) => {
        const user = board.users.get(ids.alice)
        return (
          user?.presence === "available" &&
          !user.doNotDisturb &&
          board.agents.get(ids.agent4001)?.availability === "available" &&
          [...board.queuemembers.values()].every(({ paused }) => !paused)
        )
      })
      yield* dave.heardNothing
    })
  )

  scenario("an agent who logs in is a member of his queues, and of none when he logs off", ({ asterisk, signIn }) =>
    Effect.gen(function* () {
      const alice = yield* signIn("alice")
      const carol = yield* signIn("carol")
      const dave = yield* signIn("dave")
      yield* dave.forget
      yield* alice.client.agentLogin()
      yield* carol.sees("him in both queues", (board) => {
        const agent = board.agents.get(ids.agent4001)
        return agent?.availability === "available" && agent.extension === "1001" && agent.queueIds.length === 2
      })
      for (const queue of ["support", "callback"]) {
        assert.match(yield* asterisk.console(`queue show ${queue}`), agent4001)
      }
      assert.notMatch(yield* asterisk.console("queue show sales"), agent4001)

      yield* alice.client.agentLogout()
      yield* carol.sees("him in none", (board) => {
        const agent = board.agents.get(ids.agent4001)
        return agent?.availability === "logged_out" && agent.queueIds.length === 0
      })
      assert.notMatch(yield* asterisk.console("queue show"), agent4001)
      yield* dave.heardNothing
    })
  )

  scenario("one who logs out of his client leaves his queues; one whose link is lost stays", ({ asterisk, signIn }) =>
    Effect.gen(function* () {
      const bob = yield* signIn("bob")
      yield* Effect.scoped(
        Effect.gen(function* () {
          const alice = yield* signIn("alice")
          yield* alice.client.agentLogin()
          yield* bob.sees("her agent", (board) => board.agents.get(ids.agent4001)?.availability === "available")
        })
      )
      yield* bob.sees("her gone", (board) => board.users.get(ids.alice)?.presence === "disconnected")
      assert.match(yield* asterisk.console("queue show support"), agent4001)
      const alice = yield* signIn("alice")
      yield* alice.client.logout
      yield* bob.sees("her agent gone", (board) => board.agents.get(ids.agent4001)?.availability === "logged_out")
      assert.notMatch(yield* asterisk.console("queue show"), agent4001)
    })
  )

  scenario("a call is seen on the phones of the right boards only", ({ asterisk, signIn }) =>
    Effect.gen(function* () {
      const alice = yield* signIn("alice")
      const dave = yield* signIn("dave")
      const aliceSees = (phone: string, hint: number) =>
        alice.sees(`phone ${phone} at ${hint}`, (board) => board.phones.get(phone)?.hint === hint)

      // 1001 by its hint, 1002 by a custom device, 1003 has no hint: its device tells
      for (const [extension, id] of [
        ["1001", ids.phone1001],
        ["1002", ids.phone1002],
        ["1003", ids.phone1003]
      ] as const) {
        yield* dave.forget
        yield* asterisk.phone(extension, "never")
        yield* asterisk.ring(extension)
        yield* aliceSees(id, 8)
        yield* asterisk.hangUp
        yield* aliceSees(id, 0)
        yield* asterisk.phone(extension, "at once")
        assert.strictEqual(yield* asterisk.call(extension), "answered")
        yield* aliceSees(id, 1)
        yield* asterisk.hangUp
        yield* aliceSees(id, 0)
        yield* dave.heardNothing
      }

      yield* alice.forget
      assert.strictEqual(yield* asterisk.call("2001"), "answered")
      yield* dave.sees("his phone in use", (board) => board.phones.get(ids.phone2001)?.hint === 1)
      yield* asterisk.hangUp
      yield* dave.sees("his phone free", (board) => board.phones.get(ids.phone2001)?.hint === 0)
      yield* alice.heardNothing
    })
  )

  scenario("what is dialled at a phone is on the boards of its company", ({ asterisk, signIn }) =>
    Effect.gen(function* () {
      const bob = yield* signIn("bob")
      const dave = yield* signIn("dave")
      yield* dave.forget
      const aliceIs = (what: string, wanted: (user: BoardUser) => boolean) =>
        bob.sees(`alice ${what}`, (board) => {
          const user = board.users.get(ids.alice)
          return user !== undefined && wanted(user)
        })
      yield* asterisk.press("1001", "*78")
      yield* aliceIs("not to be disturbed", (user) => user.doNotDisturb)
      yield* asterisk.press("1001", "*79")
      yield* aliceIs("there again", (user) => !user.doNotDisturb)
      yield* asterisk.press("1001", "*721003")
      yield* aliceIs("forwarded", (user) => user.unconditional.enabled && user.unconditional.destination === "1003")
      yield* asterisk.press("1001", "*73")
      yield* aliceIs("not forwarded", (user) => !user.unconditional.enabled)
      // these two have no device state: they are read from time to time
      yield* asterisk.press("1001", "*901002")
      yield* aliceIs("forwarded on busy", (user) => user.busy.enabled && user.busy.destination === "1002")
      yield* asterisk.press("1001", "*521003")
      yield* aliceIs("forwarded on no answer", (user) => user.noAnswer.enabled && user.noAnswer.destination === "1003")
      yield* dave.heardNothing
    })
  )

  scenario("a forward set at a client is obeyed by Asterisk and ends when it is switched off", ({ asterisk, signIn }) =>
    Effect.gen(function* () {
      const alice = yield* signIn("alice")
      const bob = yield* signIn("bob")
      yield* alice.client.setForward("unconditional", { enabled: true, destination: "10 03" })
      yield* bob.sees("her forward", (board) => board.users.get(ids.alice)?.unconditional.enabled === true)
      assert.deepStrictEqual(yield* asterisk.database("CF"), { "1001": "1003" })
      assert.strictEqual(yield* asterisk.call("1001"), "answered")
      yield* bob.sees("the destination's phone in use", (board) => board.phones.get(ids.phone1003)?.hint === 1)
      assert.strictEqual(bob.client.board().phones.get(ids.phone1001)?.hint, 0)
      yield* asterisk.hangUp
      yield* alice.client.setForward("unconditional", { enabled: false, destination: "1003" })
      yield* bob.sees("no forward", (board) => board.users.get(ids.alice)?.unconditional.enabled === false)
      assert.deepStrictEqual(yield* asterisk.database("CF"), {})
      for (const [kind, family] of [
        ["busy", "CFB"],
        ["noAnswer", "CFU"]
      ] as const) {
        yield* alice.client.setForward(kind, { enabled: true, destination: "1002" })
        yield* eventually(`${family} is set`, asterisk.database(family), (found) => found["1001"] === "1002")
      }
    })
  )

  scenario("an agent's queue call makes him unavailable while it lasts", ({ asterisk, signIn }) =>
    Effect.gen(function* () {
      const alice = yield* signIn("alice")
      const bob = yield* signIn("bob")
      yield* alice.client.agentLogin()
      yield* bob.sees("her agent", (board) => board.agents.get(ids.agent4001)?.availability === "available")
      yield* asterisk.ring("8002")
      yield* bob.sees("a queue call", (board) => {
        const agent = board.agents.get(ids.agent4001)
        return agent?.onQueueCall === true && agent.availability === "unavailable"
      })
      yield* asterisk.hangUp
      yield* bob.sees("its end", (board) => board.agents.get(ids.agent4001)?.availability === "available")
    })
  )

  scenarioWithoutServer("queues dial agents through the dialplan, as on FreePBX, by two settings", ({ asterisk, serve }) =>
    Effect.gen(function* () {
      const templates = { agent_interface: "Local/{exten}@{context}/n", agent_state_interface: "hint:{exten}@{context}" }
      const { signIn } = yield* serve({ templates })
      const alice = yield* signIn("alice")
      const bob = yield* signIn("bob")
      yield* alice.client.agentLogin()
      yield* bob.sees("her agent", (board) => board.agents.get(ids.agent4001)?.availability === "available")
      const member = /Agent\/4001 \(Local\/1001@tenant-a\/n from hint:1001@tenant-a\)/
      assert.match(yield* asterisk.console("queue show support"), member)
      yield* alice.client.setPresence("donotdisturb")
      assert.match(yield* asterisk.console("queue show support"), /Agent\/4001 .*\(paused/)
      yield* alice.client.setPresence("available")
      yield* asterisk.ring("8001")
      yield* bob.sees("her queue call", (board) => board.agents.get(ids.agent4001)?.onQueueCall === true)
      yield* asterisk.hangUp
      yield* bob.sees("its end", (board) => board.agents.get(ids.agent4001)?.availability === "available")
      yield* alice.client.agentLogout()
      yield* bob.sees("her agent gone", (board) => board.agents.get(ids.agent4001)?.availability === "logged_out")
      assert.notMatch(yield* asterisk.console("queue show"), /Agent\/4001/)
    })
  )
})
