/** Both AMI drivers, and a program's own client, on a real Asterisk that says more than any PBX does. */
import {
  type AmiSessionOptions,
  type AmiSettings,
  AmiTransport,
  type AmiTransportError,
  encodeAction,
  makeAmiSession
} from "@ctid/ami"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, layer } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { type AmiDriver, amiDrivers, portOf } from "./ami_drivers.ts"
import { Asterisk } from "./asterisk.ts"
import { type CallLoad, makeLoad } from "./call_load.ts"
import { eventually } from "./eventually.ts"
import { LoadTally } from "./load_tally.ts"
import { type LoopReport, watchLoop } from "./loop_watch.ts"

type RealAsterisk = Asterisk["Service"]

interface LoadedDriver extends AmiDriver {
  /** What it is asked to stand. The package's own parser would be cut off by Asterisk under the rest's load. */
  readonly load: CallLoad
  readonly transport: (asterisk: RealAsterisk) => Layer.Layer<AmiTransport, unknown>
}

const full: CallLoad = { loops: 2, count: 15_000, calls: 100 }
/** About 25,000 packets a second for four seconds. */
const paced: CallLoad = { loops: 200, count: 95, calls: 40, every: 20 }
const small: CallLoad = { loops: 2, count: 1_000, calls: 10 }

const drivers: ReadonlyArray<LoadedDriver> = amiDrivers.map((driver) => ({
  ...driver,
  load: driver.abilities.ownsConnection ? full : small,
  transport: ({ info }) =>
    Layer.effect(
      AmiTransport,
      Effect.map(driver.open(info, portOf(driver, info)), ({ transport }) => transport)
    )
}))

/** How long the event loop did not turn, in ms, while an effect ran. */
const watching = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<LoopReport, E, R> =>
  Effect.suspend(() => {
    const watch = watchLoop()
    return Effect.map(effect, () => watch.stop())
  })

const until = (what: string, holds: () => boolean, seconds = 60) =>
  eventually(what, Effect.sync(holds), (held) => held, seconds)

const startSession = (asterisk: RealAsterisk, settings: Partial<AmiSettings>, onSignal: AmiSessionOptions["onSignal"]) =>
  Effect.gen(function* () {
    const session = yield* makeAmiSession(
      { username: asterisk.info.username, secret: Redacted.make(asterisk.info.secret), ...settings },
      { interesting: new Set(["newchannel", "hangup", "newstate", "dialbegin", "dialend", "userevent"]), onSignal }
    ).pipe(Effect.provide(NodeCrypto.layer))
    yield* until("the session is ready", () => session.state() === "ready")
    return session
  })

const ms = (milliseconds: number): string => `${milliseconds.toFixed(1)} ms`

const report = (what: string, packets: number, seconds: number, { longest, cpu, machine, own }: LoopReport) =>
  Effect.log(
    `${what}: ${packets} packets in ${seconds.toFixed(1)} s, ${Math.round(packets / seconds)} a second; the most CPU time in one turn of the event loop was ` +
      `${ms(cpu)}; the longest turn ${ms(longest.wall)}, of which its own ${ms(longest.cpu)} and in the kernel's queue ${ms(longest.waited)}; ` +
      `the machine was used to ${Math.round(machine * 100)} %, by this process to ${Math.round(own * 100)} % of one CPU`
  )

/** A wire to a manager who is told everything, under a load: all of it must come. */
const hearAll = (name: string, driver: LoadedDriver, load: CallLoad) =>
  Effect.gen(function* () {
    const asterisk = yield* Asterisk
    const maker = yield* makeLoad(asterisk)
    const transport = yield* AmiTransport
    const tally = new LoadTally(load)
    const ends: Array<AmiTransportError | null> = []
    let signedIn = !driver.abilities.ownsConnection
    const wire = yield* transport.open({
      onMessages: (messages) => {
        for (const message of messages) {
          // as a handler that looks at everything
          void message.headers
          if (message.kind === "event") tally.take(message)
          else if (message.get("ActionID") === "login") signedIn = true
        }
      },
      onClose: (error) => ends.push(error)
    })
    assert.strictEqual(wire.encrypted, driver.encrypted)
    if (driver.abilities.ownsConnection) {
      const login = { Action: "Login", Username: "operator", Secret: asterisk.info.secret, ActionID: "login" }
      yield* wire.write(yield* Effect.fromResult(encodeAction(Object.entries(login))))
      yield* until("signed in", () => signedIn)
    }
    const start = performance.now()
    const before = tally.packets
    const loop = yield* watching(
      Effect.andThen(
        maker.start(load),
        until("the loops are over", () => ends.length > 0 || tally.burst())
      )
    )
    yield* report(name, tally.packets - before, (performance.now() - start) / 1000, loop)
    yield* until("all calls are over", () => ends.length > 0 || tally.over())
    assert.deepStrictEqual(ends, [])
    assert.deepStrictEqual(tally.complaints(), [])
    return loop
  }).pipe(Effect.scoped, Effect.provide(Layer.unwrap(Effect.map(Asterisk, driver.transport))))

layer(Asterisk.layer("drivers"), { timeout: 300_000, excludeTestServices: true })("on a real Asterisk", (it) => {
  for (const driver of drivers) {
    it.effect(`${driver.name}: every packet that Asterisk says comes, whatever the load`, () =>
      hearAll(driver.name, driver, driver.load)
    )

    if (driver.abilities.ownsConnection) {
      it.effect(`${driver.name}: 25,000 packets a second leave time for the rest of the program`, () =>
        Effect.gen(function* () {
          const loop = yield* hearAll(`${driver.name}, paced`, driver, paced)
          assert.isBelow(loop.cpu, 50)
        })
      )
    }

    it.effect(`${driver.name}: a session hears all its events in order and is answered meanwhile`, () =>
      Effect.gen(function* () {
        const asterisk = yield* Asterisk
        const maker = yield* makeLoad(asterisk)
        const tally = new LoadTally(driver.load)
        const others: Array<string> = []
        // a manager that has so much to say is slow to listen
        const session = yield* startSession(asterisk, { actionTimeout: 60_000 }, (signal) => {
          if (signal._tag === "Event") tally.take(signal.event)
          else others.push(signal._tag)
          return Effect.void
        })
        const start = performance.now()
        let slowest = 0
        const ask = Effect.gen(function* () {
          while (!tally.over()) {
            const asked = performance.now()
            yield* session.action("Ping")
            slowest = Math.max(slowest, performance.now() - asked)
            yield* Effect.sleep("20 millis")
          }
        })
        const stall = yield* watching(Effect.andThen(maker.start(driver.load), Effect.timeout(ask, "60 seconds")))
        assert.deepStrictEqual(tally.complaints(), [])
        assert.deepStrictEqual(others, ["Ready"])
        yield* report(driver.name, tally.packets, (performance.now() - start) / 1000, stall)
        yield* Effect.log(`${driver.name}: the slowest Ping took ${Math.round(slowest)} ms`)
      }).pipe(Effect.scoped, Effect.provide(Layer.unwrap(Effect.map(Asterisk, driver.transport))))
    )

    it.effect(`${driver.name}: a handler that is too slow loses its events, is told, and goes on`, () =>
      Effect.gen(function* () {
        const asterisk = yield* Asterisk
        const maker = yield* makeLoad(asterisk)
        const gate = Deferred.makeUnsafe<void>()
        const told: Array<string> = []
        const session = yield* startSession(asterisk, { maxQueuedEvents: 200 }, (signal) => {
          if (signal._tag !== "Event") told.push(signal._tag === "Resync" ? signal.reason : signal._tag)
          else if (signal.event.get("UserEvent") === "After") told.push("After")
          return signal._tag === "Event" ? Deferred.await(gate) : Effect.void
        })
        yield* maker.start({ loops: 1, count: 1_000, calls: 0 })
        // answers do not wait for the handler
        const { items } = yield* session.list("QueueStatus")
        assert.isAbove(items.length, 0)
        yield* eventually("the loop is over", maker.loopsOver, (loops) => loops === 1, 30)
        Deferred.doneUnsafe(gate, Effect.void)
        yield* until("the handler is told", () => told.includes("overflow"))
        yield* asterisk.act({ Action: "UserEvent", UserEvent: "After" })
        yield* until("a later event is heard", () => told.includes("After"))
        assert.deepStrictEqual(told.slice(0, 2), ["Ready", "overflow"])
        assert.strictEqual(session.state(), "ready")
      }).pipe(Effect.scoped, Effect.provide(Layer.unwrap(Effect.map(Asterisk, driver.transport))))
    )
  }
})
