import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { CtiServer } from "../cti_server.ts"
import type { DirectoryData } from "../directory/directory.ts"
import { settle } from "../memory_server_fixture.ts"
import { ScriptedTelephony } from "../testdata/scripted_telephony.ts"
import {
  declare,
  live,
  newcomer,
  people,
  same,
  short,
  signInAs,
  told,
  withLine,
  withQueue,
  withUser
} from "./live_server_fixture.ts"

/** The same, in other objects. */
const copyOf = (data: DirectoryData): DirectoryData => ({
  ...data,
  users: data.users.map((user) => ({ ...user, lineIds: [...user.lineIds] })),
  lines: data.lines.map((line) => ({ ...line })),
  agents: data.agents.map((agent) => ({ ...agent, queues: agent.queues.map((queue) => ({ ...queue })) }))
})

describe("a reload that changes objects", () => {
  it.effect("tells everybody what came, what went and what is another, while nobody is separated", () =>
    live(
      {},
      Effect.gen(function* () {
        const { alice, carol } = yield* people
        yield* declare((data) => newcomer(withUser(5, null)(withLine(70, { number: "1008" })(data))))
        const heard = ["delconfig users 5", "addconfig users 9", "addconfig phones 90", "updateconfig phones 70"]
        assert.deepStrictEqual(short(alice.take()), heard)
        const [, , , config] = carol.take()
        assert.deepStrictEqual(
          config,
          told.config("phones", "70", { number: "1008", iduserfeatures: 7, identity: "PJSIP/1007" })
        )
      })
    )
  )

  it.effect("tells those of the same company and nobody else, while contexts are separated", () =>
    live(
      { settings: { contextSeparation: true } },
      Effect.gen(function* () {
        const { alice, carol } = yield* people
        const noline = yield* signInAs("noline")
        yield* declare((data) => newcomer(withQueue(8, { displayName: "Sold" })(data)))
        assert.deepStrictEqual(short(alice.take()), ["addconfig users 9", "addconfig phones 90"])
        assert.deepStrictEqual(short(carol.take()), ["updateconfig queues 8"])
        assert.deepStrictEqual(noline.take(), [])
      })
    )
  )

  it.effect("tells nobody anything when nothing that he can see is another", () =>
    live(
      {},
      Effect.gen(function* () {
        const { alice, bob, carol } = yield* people
        const { told: operations } = yield* ScriptedTelephony
        operations.splice(0)
        yield* declare((data) => copyOf(data))
        yield* declare((data) => ({ ...data, users: data.users.toReversed() }))
        yield* declare((data) => ({ ...data, profiles: data.profiles.map((profile) => ({ ...profile, name: "Desk" })) }))
        yield* declare(same, { loginTimeout: 6_000 })
        yield* (yield* CtiServer).reload()
        yield* settle
        for (const client of [alice, bob, carol]) assert.deepStrictEqual(client.take(), [])
        assert.deepStrictEqual(operations, [])
      })
    )
  )

  it.effect("says it in the words of each version", () =>
    live(
      {},
      Effect.gen(function* () {
        const [old, young] = [yield* signInAs("bob", "1.2"), yield* signInAs("bob")]
        old.take()
        yield* declare((data) => withLine(10, { number: "1111" })(withUser(2, { fullName: "Robert" })(data)))
        const [user, phone] = old.take() as ReadonlyArray<{ readonly config: object }>
        const [youngUser, youngPhone] = young.take() as ReadonlyArray<{ readonly config: object }>
        const words = { enableclient: 1, profileclient: 3, enablexfer: 1 }
        assert.deepInclude(user?.config, { fullname: "Robert", ...words })
        assert.deepStrictEqual({ ...youngUser?.config, ...words }, user?.config)
        const places = { context: "a", protocol: "pjsip", initialized: true, allowtransfer: true, simultcalls: 1 }
        assert.deepInclude(phone?.config, { number: "1111", ...places })
        assert.deepStrictEqual({ ...youngPhone?.config, ...places }, phone?.config)
      })
    )
  )

  it.effect("tells every user again when the server's own name, which is in his config, is another", () =>
    live(
      {},
      Effect.gen(function* () {
        const { bob } = yield* people
        const serverUuid = "11111111-1111-4111-8111-111111111111"
        yield* declare((data) => ({ ...data, serverUuid }))
        const heard = bob.take() as ReadonlyArray<{ readonly config: { readonly xivo_uuid: string } }>
        assert.deepStrictEqual(
          short(heard),
          [1, 2, 3, 4, 5, 6, 7].map((id) => `updateconfig users ${id}`)
        )
        assert.isTrue(heard.every(({ config }) => config.xivo_uuid === serverUuid))
        assert.isFalse(bob.ended())
      })
    )
  )
})
