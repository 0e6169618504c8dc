/** Presence at phones, on a real Asterisk: hints and lamps follow the clients, and feature codes change the board. */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Asterisk } from "./asterisk.ts"
import type { ConfigChanges } from "./company.ts"
import { ids } from "./company.ts"
import { eventually } from "./eventually.ts"
import { scenarioWithoutServer } from "./office.ts"
import type { RunningServer } from "./running_server.ts"

const phones: ConfigChanges = {
  phones: {
    available: { phone_state: "available" },
    away: { phone_state: "away", phone_lamp: true },
    donotdisturb: { phone_state: "dnd" },
    disconnected: { phone_state: "unavailable" }
  }
}

/** `core show hint 1002`: what a phone that watches it shows. */
const hint = (asterisk: Asterisk["Service"], extension: string, wanted: RegExp) =>
  eventually(`the hint of ${extension} shows ${wanted.source}`, asterisk.console(`core show hint ${extension}`), (text) =>
    wanted.test(text)
  )

const lamp = (asterisk: Asterisk["Service"], state: "InUse" | "Busy" | "Idle") =>
  hint(asterisk, "*291002", new RegExp(`State:${state}`))

const isUp = (server: RunningServer) => eventually("the link to Asterisk is up", server.linkIsUp, (up) => up)

const presence =
  (user: string, wanted: string) => (board: { readonly users: ReadonlyMap<string, { readonly presence: string }> }) =>
    board.users.get(user)?.presence === wanted

describe("presence at phones", () => {
  scenarioWithoutServer("a hint and a lamp follow what people choose at their clients", ({ asterisk, serve }) =>
    Effect.gen(function* () {
      const server = yield* serve(phones)
      yield* isUp(server)
      yield* hint(asterisk, "1002", /Presence:unavailable/)
      const bob = yield* server.signIn("bob")
      yield* hint(asterisk, "1002", /Presence:available/)
      yield* lamp(asterisk, "Idle")
      yield* bob.client.setPresence("away")
      yield* hint(asterisk, "1002", /Presence:away/)
      yield* lamp(asterisk, "Busy")
      const { "1002@tenant-a": value } = yield* asterisk.database("CustomPresence")
      assert.strictEqual(value, `away,${btoa("ctid:away")},${btoa("away")},e`)
      yield* bob.client.setPresence("available")
      yield* hint(asterisk, "1002", /Presence:available/)
      yield* lamp(asterisk, "Idle")
    })
  )

  scenarioWithoutServer(
    "a feature code is a change like any other, and one that is not allowed is undone",
    ({ asterisk, serve }) =>
      Effect.gen(function* () {
        const server = yield* serve(phones)
        yield* isUp(server)
        const bob = yield* server.signIn("bob")
        const alice = yield* server.signIn("alice")
        yield* asterisk.press("1002", "*284")
        yield* bob.sees("himself not to be disturbed", presence(ids.bob, "donotdisturb"))
        yield* alice.sees("it too", presence(ids.bob, "donotdisturb"))
        // its actions have run
        yield* eventually("do not disturb is on", asterisk.database("DND"), ({ "1002": value }) => value === "YES")
        yield* hint(asterisk, "1002", /Presence:dnd/)
        // out to lunch is no presence of this group
        yield* asterisk.press("1002", "*283")
        yield* eventually(
          "it is undone",
          asterisk.database("CustomPresence"),
          ({ "1002@tenant-a": value }) => value === `dnd,${btoa("ctid:donotdisturb")},${btoa("donotdisturb")},e`
        )
        assert.isTrue(presence(ids.bob, "donotdisturb")(alice.client.board()))
        yield* asterisk.press("1002", "*282")
        yield* alice.sees("bob away", presence(ids.bob, "away"))
        yield* lamp(asterisk, "Busy")
      })
  )

  scenarioWithoutServer(
    "a presence that ends leads back, on the board and at the phones, with its note while it lasts",
    ({ asterisk, serve }) =>
      Effect.gen(function* () {
        const server = yield* serve(phones)
        yield* isUp(server)
        const bob = yield* server.signIn("bob")
        const alice = yield* server.signIn("alice")
        const until = Math.ceil(Date.now() / 1000) + 4
        yield* bob.client.setPresence("donotdisturb", { note: "at the dentist, back soon", until })
        yield* alice.sees("bob's note and his end", ({ users }) => {
          const seen = users.get(ids.bob)
          return seen?.presence === "donotdisturb" && seen.note === "at the dentist, back soon" && seen.until === until
        })
        yield* hint(asterisk, "1002", /Presence:dnd/)
        const { "1002@tenant-a": value } = yield* asterisk.database("CustomPresence")
        assert.strictEqual(value, `dnd,${btoa("ctid:donotdisturb")},${btoa("at the dentist, back soon")},e`)
        assert.isBelow(Date.now() / 1000, until)
        yield* alice.sees("bob available", ({ users }) => {
          const seen = users.get(ids.bob)
          return seen?.presence === "available" && seen.note === "" && seen.until === null
        })
        assert.isAtLeast(Date.now() / 1000, until)
        yield* hint(asterisk, "1002", /Presence:available/)
        // its actions have run
        yield* eventually("do not disturb is off", asterisk.database("DND"), (dnd) => dnd["1002"] === undefined)
      })
  )

  scenarioWithoutServer(
    "a call takes the presence that is for it, and its end brings back the one before",
    ({ asterisk, serve }) =>
      Effect.gen(function* () {
        const server = yield* serve({
          phones: { ...phones.phones, away: { ...phones.phones?.away, automatic: "on_the_phone" } }
        })
        yield* isUp(server)
        const bob = yield* server.signIn("bob")
        yield* asterisk.phone("1002", "at once")
        assert.strictEqual(yield* asterisk.call("1002"), "answered")
        yield* bob.sees("himself on the phone", presence(ids.bob, "away"))
        yield* lamp(asterisk, "Busy")
        yield* asterisk.hangUp
        yield* bob.sees("himself available", presence(ids.bob, "available"))
        yield* lamp(asterisk, "Idle")
      })
  )

  scenarioWithoutServer("after an outage phones show what was chosen last, whoever chose it", ({ asterisk, serve }) =>
    Effect.gen(function* () {
      const server = yield* serve(phones)
      yield* isUp(server)
      const bob = yield* server.signIn("bob")
      yield* hint(asterisk, "1002", /Presence:available/)
      yield* asterisk.saved
      yield* asterisk.kill
      yield* eventually("the link is down", server.linkIsUp, (up) => !up)
      yield* bob.client.setPresence("away")
      yield* asterisk.startAgain
      yield* isUp(server)
      yield* hint(asterisk, "1002", /Presence:away/)
      yield* lamp(asterisk, "Busy")
      yield* asterisk.press("1002", "*281")
      yield* bob.sees("himself available", presence(ids.bob, "available"))
    })
  )
})
