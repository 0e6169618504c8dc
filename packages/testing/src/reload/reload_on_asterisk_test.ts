/** A reload of the whole server in front of a simulated Asterisk: what is new is known, and followed, without another link. */
import { AmiTelephony } from "@ctid/ami/ami_telephony"
import { LiveConfig } from "@ctid/core/config/live_config"
import { defaultSettings } from "@ctid/core/config/settings"
import { CtiServer } from "@ctid/core/cti_server"
import type { DirectoryData } from "@ctid/core/directory/directory"
import { Pbx } from "@ctid/core/telephony/pbx"
import { Telephony } from "@ctid/core/telephony/telephony"
import { SimulatedAsterisk } from "@ctid/simulator/asterisk/simulated_asterisk"
import { MemoryListener } from "@ctid/simulator/memory_listener"
import { MemoryPasswordHash } from "@ctid/simulator/memory_password_hash"
import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { TestClock } from "effect/testing"
import { MemoryAmiTransport } from "../memory_ami_transport.ts"

const manager = { username: "ctid", secret: "simulated-secret", read: "system,call,agent,user", write: "all" } as const

const user = (id: number) => ({
  id,
  uuid: `0b7e9a1c-3d52-4c86-8f14-${String(id).padStart(12, "0")}`,
  firstName: "",
  lastName: "",
  fullName: `user ${id}`,
  login: `user${id}`,
  password: { kind: "plain", value: Redacted.make("word") } as const,
  enabled: true,
  profileId: null,
  agentId: null,
  voicemailId: null,
  lineIds: [id * 10],
  mobilePhoneNumber: "",
  voicemailEnabled: false
})
const line = (id: number, number: string, userId: number | null) => ({
  id,
  protocol: "pjsip",
  name: number,
  device: `PJSIP/${number}`,
  context: "office",
  number,
  callerId: null,
  userId
})
const agent = (number: string, ...queues: ReadonlyArray<string>) => ({
  id: 7,
  number,
  firstName: "Anna",
  lastName: "",
  context: "office",
  queues: queues.map((queue) => ({ queue, penalty: 0 })),
  wrapUpSeconds: null
})
const queue = (id: number, name: string) => ({
  id,
  name,
  displayName: name,
  number: `300${id}`,
  context: "office",
  staticMembers: []
})

const first: DirectoryData = {
  serverUuid: "6d1f2a90-51c4-4f0e-9a37-2b8c7d5e4f10",
  users: [user(1)],
  lines: [line(10, "1001", 1)],
  agents: [agent("2001", "support")],
  queues: [queue(5, "support")],
  voicemails: [],
  profiles: [],
  presenceGroups: [],
  hintGroups: new Map()
}

const phone = (number: string) => ({ context: "office", device: `PJSIP/${number}`, number })

const layer = (asterisk: SimulatedAsterisk) =>
  CtiServer.layer.pipe(
    Layer.provideMerge(
      AmiTelephony.layer({
        ami: { username: manager.username, secret: Redacted.make(manager.secret), authentication: "plain" },
        // only what a reload asks for is asked
        resyncInterval: 86_400_000,
        pollInterval: 86_400_000
      })
    ),
    Layer.provideMerge(
      Layer.mergeAll(
        LiveConfig.layer({ directory: first, settings: defaultSettings }),
        MemoryAmiTransport.layer(asterisk),
        MemoryListener.layer(),
        MemoryPasswordHash.layer(),
        Digest.layerWebCrypto,
        SecureRandom.layerWebCrypto
      )
    )
  )

const settle = Effect.repeat(Effect.andThen(TestClock.adjust("10 millis"), Effect.yieldNow), { times: 60 })

const withServer = (
  run: (world: {
    readonly asterisk: SimulatedAsterisk
    readonly state: Pbx["Service"]["state"]
    readonly declare: (data: DirectoryData) => Effect.Effect<void>
  }) => Effect.Effect<void, unknown, Telephony>
) =>
  Effect.gen(function* () {
    const asterisk = yield* SimulatedAsterisk.make({
      users: [manager],
      phones: ["1001", "1002", "1003"].map(phone),
      queues: [{ name: "support" }, { name: "sales" }],
      persistentMembers: true
    })
    yield* Effect.gen(function* () {
      const live = yield* LiveConfig
      const { state } = yield* Pbx
      yield* settle
      assert.isTrue(state.up)
      const declare = (directory: DirectoryData) =>
        Effect.andThen(live.replace({ directory, settings: defaultSettings }), settle)
      yield* run({ asterisk, state, declare })
      assert.strictEqual(asterisk.connections(), 1)
    }).pipe(Effect.scoped, Effect.provide(layer(asterisk)))
  })

describe("a reload in front of Asterisk", () => {
  it.effect("knows a new line as it is, and follows it", () =>
    withServer(({ asterisk, state, declare }) =>
      Effect.gen(function* () {
        yield* asterisk.setAstDb("DND", "1002", "YES")
        const call = yield* asterisk.call("PJSIP/1002", "PJSIP/1003")
        yield* settle
        yield* declare({ ...first, users: [user(1), user(2)], lines: [...first.lines, line(20, "1002", 2)] })
        assert.strictEqual(state.phone(20), 1)
        assert.isTrue(state.services(2).doNotDisturb)
        yield* call.hangup()
        yield* settle
        assert.strictEqual(state.phone(20), 0)
      })
    )
  )

  it.effect("knows who is in a new queue, and an agent in it who was nobody's", () =>
    withServer(({ asterisk, state, declare }) =>
      Effect.gen(function* () {
        yield* asterisk.addMember("sales", { interface: "PJSIP/1001", name: "Agent/2001" })
        yield* settle
        assert.isNull(state.agents.agent(7).login)
        yield* declare({ ...first, queues: [...first.queues, queue(6, "sales")] })
        assert.deepStrictEqual(state.agents.agent(7).queues, ["sales"])
        assert.strictEqual(state.agents.agent(7).login?.extension, "1001")
        yield* asterisk.pauseMember("sales", "PJSIP/1001", true)
        yield* settle
        assert.strictEqual(state.agents.agent(7).availability, "unavailable")
      })
    )
  )

  it.effect("takes an agent who has another number out of the queues, so that he can log in again", () =>
    withServer(({ asterisk, state, declare }) =>
      Effect.gen(function* () {
        const telephony = yield* Telephony
        yield* telephony.agentLogin(agent("2001", "support"), line(10, "1001", 1))
        yield* settle
        assert.isNotNull(state.agents.agent(7).login)
        const renumbered = agent("2009", "support")
        yield* declare({ ...first, agents: [renumbered] })
        assert.deepStrictEqual(asterisk.queueMembers("support"), [])
        assert.isFalse(state.agents.lineTaken("PJSIP/1001", "2009"))
        yield* telephony.agentLogin(renumbered, line(10, "1001", 1))
        yield* settle
        assert.deepStrictEqual(
          asterisk.queueMembers("support").map(({ name }) => name),
          ["Agent/2009"]
        )
        assert.strictEqual(state.agents.agent(7).availability, "available")
      })
    )
  )

  it.effect("is told as well of a line whose phone is another one now, and no more of the old one", () =>
    withServer(({ asterisk, state, declare }) =>
      Effect.gen(function* () {
        yield* asterisk.setDeviceState("PJSIP/1003", "RINGING")
        yield* settle
        yield* declare({ ...first, lines: [{ ...line(10, "1003", 1), id: 10 }] })
        assert.strictEqual(state.phone(10), 8)
        yield* asterisk.setDeviceState("PJSIP/1001", "INUSE")
        yield* settle
        assert.strictEqual(state.phone(10), 8)
        yield* asterisk.setDeviceState("PJSIP/1003", "NOT_INUSE")
        yield* settle
        assert.strictEqual(state.phone(10), 0)
      })
    )
  )
})
