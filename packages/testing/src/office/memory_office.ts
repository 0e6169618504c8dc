/** An office on the whole server, over the twins in memory, under a clock that stands still unless it is told to move. */
import { LiveConfig, type LiveValues } from "@ctid/core/config/live_config"
import { defaultSettings } from "@ctid/core/config/settings"
import { CtiServer } from "@ctid/core/cti_server"
import { Presence } from "@ctid/core/presence/presence"
import { Pbx } from "@ctid/core/telephony/pbx"
import type { TelephonyEvent } from "@ctid/core/telephony/telephony"
import { type MemoryClient, MemoryListener, MemoryNetwork } from "@ctid/simulator"
import { MemoryPasswordHash } from "@ctid/simulator/memory_password_hash"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as Scope from "effect/Scope"
import { TestClock } from "effect/testing"
import { lineIdOf, type Office, officeDirectory, passwordOf, profileIdOf, queueOf, userIdOf } from "./office.ts"
import type { AgentMove, OfficeSystem, PbxMood } from "./office_system.ts"
import { HANGS, RecordedTelephony } from "./recorded_telephony.ts"
import { WireSession } from "./wire_session.ts"

const ENDPOINT = { address: "127.0.0.1", port: 5003 }

/** An office in memory has more hands. */
export interface MemoryOffice extends OfficeSystem {
  /** From now on only `passTime` waits for all that comes of it. */
  readonly hurry: () => void
  /** Takes the place of the PBX's mood: an answer to each thing that it is asked. */
  readonly answerBy: (answer: (asked: string) => Promise<PbxMood>) => void
}

/** What is configured for an office. */
export const officeValues = (office: Office): LiveValues => ({
  directory: officeDirectory(office),
  settings: { ...defaultSettings, contextSeparation: office.separation, ...office.rules }
})

/** What the PBX says of an agent; empty: nothing, he is none. */
export const agentEvents = (office: Office, name: string, move: AgentMove): ReadonlyArray<TelephonyEvent> => {
  const person = office.people.find((one) => one.name === name)
  if (person?.agent == null) return []
  const queue = queueOf(person.agent)
  const member = `Agent/${2000 + userIdOf(name)}`
  const device = `PJSIP/${1000 + lineIdOf(name, 0)}`
  switch (move) {
    case "logs in":
      return [
        {
          _tag: "QueueMemberChanged",
          member: {
            queue,
            name: member,
            interface: device,
            stateInterface: device,
            penalty: 0,
            callsTaken: 0,
            lastCall: 0,
            status: 1,
            paused: false,
            wrapUpSeconds: 0
          }
        }
      ]
    case "logs off":
      return [{ _tag: "QueueMemberRemoved", queue, name: member }]
    case "is paused":
    case "is unpaused":
      return [{ _tag: "QueueMemberPaused", queue, name: member, paused: move === "is paused" }]
  }
}

const layer = (office: Office) =>
  CtiServer.layer.pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        LiveConfig.layer(officeValues(office)),
        RecordedTelephony.layer,
        MemoryListener.layer(),
        MemoryPasswordHash.layer(),
        Digest.layerWebCrypto,
        SecureRandom.layerWebCrypto,
        Logger.layer([])
      )
    ),
    Layer.provideMerge(TestClock.layer())
  )

type Services = Layer.Success<ReturnType<typeof layer>>

/** Rounds in which nothing at all moves before it counts as quiet. */
const QUIET = 4

/** Ends when nothing moves any more on the wires: a broadcast leaves at the end of a turn, and what it causes may cause another. */
const quiet = (moved: () => number): Effect.Effect<void, never, MemoryNetwork> =>
  Effect.gen(function* () {
    const network = yield* MemoryNetwork
    let [rounds, before] = [0, moved()]
    while (rounds < QUIET) {
      yield* Effect.yieldNow
      yield* network.settled
      rounds = moved() === before ? rounds + 1 : 0
      before = moved()
    }
  })

interface Client {
  readonly wire: MemoryClient
  readonly session: WireSession
}

const make = Effect.fnUntraced(function* (office: Office) {
  const context = yield* Effect.context<Services | Scope.Scope>()
  const server = yield* CtiServer
  const live = yield* LiveConfig
  const network = yield* MemoryNetwork
  const presence = yield* Presence
  const telephony = yield* RecordedTelephony
  const { state } = yield* Pbx
  yield* server.listen(ENDPOINT)

  const clients = new Map<number, Client>()
  let present = office
  let mood: PbxMood = "answers"
  let moved = 0
  let hurried = false

  /** Nothing moves any more; a PBX that hangs has been waited for as long as the server does. */
  const rest = Effect.suspend(() =>
    mood === "hangs"
      ? Effect.andThen(
          TestClock.adjust(defaultSettings.actionTimeout),
          quiet(() => moved)
        )
      : Effect.void
  )
  const atRest = (effect: Effect.Effect<unknown, unknown, Services>): Effect.Effect<void, unknown, Services> =>
    effect.pipe(Effect.andThen(quiet(() => moved)), Effect.andThen(rest))

  /** Does something and waits for all that comes of it. */
  const run = (effect: Effect.Effect<unknown, unknown, Services>, waits = !hurried): Promise<void> =>
    Effect.runPromiseWith(context)(waits ? atRest(effect) : Effect.asVoid(effect))

  const open = Effect.fnUntraced(function* (wantsTerms: boolean) {
    let wire: MemoryClient | null = null
    const session = new WireSession((message) => {
      moved++
      wire?.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`))
    }, wantsTerms)
    wire = yield* network.dial(ENDPOINT, {
      onBytes: (chunk) => {
        moved++
        session.onBytes(chunk)
      },
      onClose: () => {
        moved++
        session.ended = true
      }
    })
    return { wire, session }
  })

  const say = (session: number, ...messages: ReadonlyArray<object>): Effect.Effect<void> =>
    Effect.sync(() => {
      const text = messages.map((message) => `${JSON.stringify(message)}\n`).join("")
      moved++
      clients.get(session)?.wire.write(new TextEncoder().encode(text))
    })

  const group = (name: string): number => present.people.find((person) => person.name === name)?.group ?? 0

  const signIn = Effect.fnUntraced(function* (number: number, name: string, first: string) {
    const wantsTerms = number % 2 === 0
    clients.set(number, yield* open(wantsTerms))
    yield* say(
      number,
      { class: "login_id", userlogin: name, wazoversion: "2.3" },
      { class: "login_pass", password: passwordOf(name) },
      { class: "login_capas", capaid: profileIdOf(group(name)), state: first, presenceterms: wantsTerms }
    )
  })

  const sessionOf = (number: number): WireSession => {
    const session = clients.get(number)?.session
    if (session === undefined) throw new Error(`there is no session ${number}`)
    return session
  }

  const system: MemoryOffice = {
    signIn: (number, name, first) => run(signIn(number, name, first)),
    choose: (number, { presence: availstate, ...terms }) => run(say(number, { class: "availstate", availstate, ...terms })),
    logOut: (number) => run(say(number, { class: "logout" })),
    hangUp: (number) =>
      run(
        Effect.sync(() => {
          const client = clients.get(number)
          clients.delete(number)
          client?.wire.end()
        })
      ),
    impose: (name, imposed) =>
      run(
        Effect.forkDetach(presence.apply(userIdOf(name), { _tag: "Imposed", presence: imposed }), { startImmediately: true })
      ),
    phone: (lineId, extensionState) => run(telephony.say([{ _tag: "EndpointState", lineId, state: extensionState }])),
    agent: (name, move) => run(telephony.say(agentEvents(present, name, move))),
    pbx: (next) => {
      mood = next
      telephony.setMood(next)
      return Promise.resolve()
    },
    reload: (next) => {
      // agents who are left behind are logged off one after another, each in its time
      const loggingOff = mood === "hangs" ? HANGS * present.people.length : 0
      present = next
      return run(
        live
          .replace(officeValues(next))
          .pipe(
            Effect.andThen(server.reload()),
            Effect.andThen(quiet(() => moved)),
            Effect.andThen(TestClock.adjust(loggingOff))
          )
      )
    },
    heard: (number) => sessionOf(number).heard(),
    shown: (number) => Promise.resolve(sessionOf(number).shown()),
    look: (number) =>
      run(
        Effect.sync(() => sessionOf(number).look()).pipe(
          Effect.andThen(quiet(() => moved)),
          Effect.andThen(Effect.sync(() => sessionOf(number).register(officeDirectory(present).serverUuid)))
        )
      ),
    registers: true,
    indiscretions: () => [...clients.values()].flatMap(({ session }) => session.indiscretions()),
    asked: telephony.asked,
    forget: () => {
      for (const { session } of clients.values()) session.forget()
      telephony.forget()
    },
    see: (check) => check(),
    view: {
      presence: presence.get,
      agent: (agentId) => state.agents.agent(agentId).availability,
      doNotDisturb: (userId) => state.services(userId).doNotDisturb
    },
    answerBy: (answer) => telephony.answerBy(answer),
    passTime: (seconds) => run(TestClock.adjust(seconds * 1000), true),
    hurry: () => {
      hurried = true
    },
    isOpen: (number) => clients.get(number)?.session.ended === false
  }
  return system
})

/** Opens the office, hands it over, and closes it. */
export const withMemoryOffice = (office: Office, use: (system: MemoryOffice) => Promise<void>): Promise<void> =>
  Effect.runPromise(
    Effect.flatMap(make(office), (system) =>
      // what still waits for the PBX ends before the server does: its shutdown would wait for time
      Effect.ensuring(
        Effect.promise(() => use(system)),
        TestClock.adjust(HANGS)
      )
    ).pipe(Effect.scoped, Effect.provide(Layer.fresh(layer(office))))
  )
