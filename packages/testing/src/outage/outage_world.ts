/** An office whose PBX is a simulated Asterisk behind AMI, under a clock that stands still unless it is told to move. */
import { AmiTelephony } from "@ctid/ami/ami_telephony"
import type { PresenceEvent } from "@ctid/core"
import { LiveConfig } from "@ctid/core/config/live_config"
import { CtiServer } from "@ctid/core/cti_server"
import { Presence } from "@ctid/core/presence/presence"
import { Pbx } from "@ctid/core/telephony/pbx"
import { Telephony } from "@ctid/core/telephony/telephony"
import { SimulatedAsterisk } from "@ctid/simulator/asterisk/simulated_asterisk"
import { MemoryListener } from "@ctid/simulator/memory_listener"
import { MemoryPasswordHash } from "@ctid/simulator/memory_password_hash"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { TestClock } from "effect/testing"
import { Breach } from "../laws/law.ts"
import { MemoryAmiTransport } from "../memory_ami_transport.ts"
import { officeValues } from "../office/memory_office.ts"
import { agentNumberOf, CONTEXTS, lineIdOf, type Office, officeDirectory, queueOf, userIdOf } from "../office/office.ts"
import { outageLaw } from "./outage_law_names.ts"

const manager = { username: "ctid", secret: "simulated-secret", read: "system,call,agent,user", write: "all" } as const

/** What Asterisk does with an action: `runs` it, or says nothing and does nothing. */
export type Mood = "runs" | "is silent"

/** Actions by which presence changes something. */
const ACTIONS = ["DBPut", "DBDel", "Setvar", "QueuePause", "QueueRemove"] as const

/** All that leave a trace. */
const WRITES: ReadonlySet<string> = new Set([...ACTIONS, "QueueAdd", "QueueLog"])

/** What Asterisk holds of a person, in the end. */
export interface Held {
  /** By line: AstDB has it, and the lamp of the custom device says so. */
  readonly doNotDisturb: ReadonlyArray<{ readonly line: number; readonly on: boolean; readonly lamp: string }>
  readonly isAgent: boolean
  /** Null: he is in no queue. */
  readonly paused: boolean | null
  /** On his main line: `<state>,ctid:<presence>`, and the lamps of his group. Null: he has none. */
  readonly atPhones: { readonly presence: string; readonly lamps: ReadonlyMap<string, string> } | null
  /** What the server shows. */
  readonly shown: { readonly doNotDisturb: boolean; readonly availability: string | null }
}

export interface OutageWorld {
  /** Something happens to somebody; nobody waits for what comes of it. */
  readonly happens: (name: string, event: PresenceEvent) => Effect.Effect<void>
  readonly presence: (name: string) => string
  /** Somebody sets his presence at a phone, or by the dialplan, whether Asterisk is heard or not. */
  readonly setAtPhone: (name: string, presence: string) => Effect.Effect<void>
  /** The link breaks, and Asterisk with it: what was not answered may have been done or not. */
  readonly kill: Effect.Effect<void>
  readonly start: Effect.Effect<void>
  readonly setMood: (mood: Mood) => Effect.Effect<void>
  /** Ends when the link is up. */
  readonly reached: Effect.Effect<void>
  /** Ends when Asterisk is up, has been reached, and everything that waited for it has had its time. */
  readonly recovered: Effect.Effect<void>
  /** What is written to Asterisk from now until everything has been read once more. */
  readonly writtenLater: Effect.Effect<ReadonlyArray<string>>
  readonly held: (name: string) => Held
}

/** Members of their queues from the start, and their phones. */
const simulated = (office: Office): Effect.Effect<SimulatedAsterisk> =>
  Effect.gen(function* () {
    const asterisk = yield* SimulatedAsterisk.make({
      users: [manager],
      phones: officeDirectory(office).lines.map(({ context, device, number }) => ({ context, device, number })),
      queues: CONTEXTS.map((context) => ({ name: queueOf(context) })),
      persistentMembers: true
    })
    for (const { agent, name } of office.people) {
      if (agent === null) continue
      const device = `PJSIP/${1000 + lineIdOf(name, 0)}`
      yield* asterisk.addMember(queueOf(agent), { interface: device, name: `Agent/${agentNumberOf(name)}` })
    }
    return asterisk
  })

/** Milliseconds between two readings of everything, which also grant what still waits. */
const RESYNC = 12_000
/** An answer that never comes is given up before. */
const ACTION = 6_000
/** Less than the time in which an action has to be answered. */
const STEP = 4_000

const layer = (office: Office, asterisk: SimulatedAsterisk) =>
  CtiServer.layer.pipe(
    Layer.provideMerge(
      AmiTelephony.layer({
        ami: { username: manager.username, secret: Redacted.make(manager.secret), authentication: "plain" },
        // often enough, so that not much time has to pass
        resyncInterval: RESYNC
      })
    ),
    Layer.provideMerge(
      Layer.mergeAll(
        LiveConfig.layer(officeValues(office)),
        MemoryAmiTransport.layer(asterisk),
        MemoryListener.layer(),
        MemoryPasswordHash.layer(),
        Digest.layerWebCrypto,
        SecureRandom.layerWebCrypto,
        Logger.layer([])
      )
    )
  )

const turns = (count: number): Effect.Effect<void> => Effect.repeat(Effect.yieldNow, { times: count })

/** In steps, so that no answer is overtaken by its deadline. */
const pass = Effect.fnUntraced(function* (milliseconds: number) {
  for (let passed = 0; passed < milliseconds; passed += STEP) {
    yield* TestClock.adjust(STEP)
    yield* turns(12)
  }
})

const world = Effect.fnUntraced(function* (office: Office, asterisk: SimulatedAsterisk) {
  const presence = yield* Presence
  const telephony = yield* Telephony
  const { state } = yield* Pbx
  const scope = yield* Effect.scope
  const { lines } = officeDirectory(office)

  const setMood = (mood: Mood): Effect.Effect<void> =>
    Effect.forEach(ACTIONS, (action) => asterisk.answer(action, mood === "runs" ? null : "silence"), { discard: true })

  const reached = Effect.gen(function* () {
    // a link that has just died is noticed first
    yield* turns(12)
    for (let tries = 0; !telephony.isUp() && tries < 100; tries++) {
      yield* turns(8)
      if (!telephony.isUp()) yield* TestClock.adjust("500 millis")
    }
  })

  const recovered = Effect.gen(function* () {
    yield* setMood("runs")
    yield* asterisk.start()
    yield* reached
    // what was not answered is asked once more
    yield* pass(ACTION + RESYNC)
  })

  const writtenLater = Effect.gen(function* () {
    yield* asterisk.forgetActions
    yield* pass(RESYNC + STEP)
    return asterisk
      .actions()
      .flatMap(({ headers, name }) =>
        WRITES.has(name) ? [headers.flatMap(([key, value]) => (key === "ActionID" ? [] : [value])).join(" ")] : []
      )
  })

  const mainLine = (name: string) => lines.find(({ id }) => id === lineIdOf(name, 0))

  const atPhones = (name: string): Held["atPhones"] => {
    const line = mainLine(name)
    if (line === undefined) return null
    const place = `${line.number}@${line.context}`
    const [state = "", subtype = ""] = (asterisk.astDb("CustomPresence", place) ?? "").split(",")
    const read = Result.getOrElse(Base64.decodeString(subtype), () => subtype)
    const group = office.groups[office.people.find((person) => person.name === name)?.group ?? -1]
    const withLamp = [...(group?.presences.values() ?? [])].filter(({ phoneLamp }) => phoneLamp === true)
    const lamps = new Map(withLamp.map((one) => [one.name, asterisk.deviceState(`Custom:${one.name}.${place}`)] as const))
    return { presence: `${state},${read}`, lamps }
  }

  const held = (name: string): Held => {
    const person = office.people.find((one) => one.name === name)
    const own = lines.filter(({ userId }) => userId === userIdOf(name))
    const members = CONTEXTS.flatMap((context) => asterisk.queueMembers(queueOf(context)))
    const member = members.find((one) => one.name === `Agent/${agentNumberOf(name)}`)
    const agentId = person?.agent == null ? null : 100 + userIdOf(name)
    return {
      doNotDisturb: own.map(({ id, number }) => ({
        line: id,
        on: asterisk.astDb("DND", number) === "YES",
        lamp: asterisk.deviceState(`Custom:DND${number}`)
      })),
      isAgent: agentId !== null,
      paused: member?.paused ?? null,
      atPhones: atPhones(name),
      shown: {
        doNotDisturb: state.services(userIdOf(name)).doNotDisturb,
        availability: agentId === null ? null : state.agents.agent(agentId).availability
      }
    }
  }

  const outage: OutageWorld = {
    happens: (name, event) =>
      presence.apply(userIdOf(name), event).pipe(Effect.forkIn(scope, { startImmediately: true }), Effect.asVoid),
    presence: (name) => presence.get(userIdOf(name)),
    setAtPhone: (name, set) => {
      const line = mainLine(name)
      if (line === undefined) return Effect.void
      return Effect.asVoid(asterisk.setPresence(`CustomPresence:${line.number}@${line.context}`, `xa,${set}`))
    },
    kill: asterisk.kill,
    start: asterisk.start(),
    setMood,
    reached,
    recovered,
    writtenLater,
    held
  }
  return outage
})

/** Seconds of the machine's time that a story may take: a thousand times what it does. */
const LONGEST = 30

/** Opens it with a link that is up, hands it over, and closes it. */
export const withOutageWorld = (
  { chance, office }: { readonly office: Office; readonly chance: number },
  use: (world: OutageWorld) => Effect.Effect<void>
): Promise<void> => {
  const story = Effect.gen(function* () {
    const asterisk = yield* simulated(office)
    yield* Effect.gen(function* () {
      const outage = yield* world(office, asterisk)
      yield* outage.reached
      yield* use(outage)
    }).pipe(Effect.scoped, Effect.provide(Layer.fresh(layer(office, asterisk))))
  }).pipe(Effect.provide(TestClock.layer()), Random.withSeed(chance))
  return Effect.runPromise(
    Effect.gen(function* () {
      const fiber = yield* Effect.forkDetach(story)
      const endless = Effect.suspend(() => {
        // nobody waits for its end: it may never come
        fiber.interruptUnsafe()
        return Effect.die(new Breach(`after ${LONGEST} s there is no end of it`, outageLaw.quiet))
      })
      yield* Effect.timeoutOrElse(Fiber.join(fiber), { duration: `${LONGEST} seconds`, orElse: () => endless })
    })
  )
}
