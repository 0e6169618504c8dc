/** Both AMI drivers, and a program's own client, on a real Asterisk that says more than any PBX does. */
import { readFileSync } from "node:fs"
import { monitorEventLoopDelay } from "node:perf_hooks"
import {
  type AmiMessage,
  type AmiSessionOptions,
  type AmiSettings,
  type AmiSignal,
  AmiTransport,
  type AmiTransportError,
  encodeAction,
  makeAmiSession
} from "@ctid/ami"
import { AmiClientTransport, fromAmiClient, loadAmiClient } from "@ctid/ami-client"
import { NodeAmiTransport, type NodeAmiTransportOptions } from "@ctid/platform-node"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, layer } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Asterisk } from "./asterisk.ts"
import { type CallLoad, makeLoad } from "./call_load.ts"
import { eventually } from "./eventually.ts"

type Asterisk_ = Asterisk["Service"]

interface Driver {
  readonly name: string
  readonly transport: (asterisk: Asterisk_) => Layer.Layer<AmiTransport>
  /** What it is asked to stand. The package's own parser would be cut off by Asterisk under the rest's load. */
  readonly load: CallLoad
  /** Somebody else has signed in. */
  readonly borrowed: boolean
}

const full: CallLoad = { loops: 2, count: 15_000, calls: 100 }

const clear = ({ info }: Asterisk_): NodeAmiTransportOptions => ({ host: info.host, port: info.port })
const encrypted = ({ info }: Asterisk_): NodeAmiTransportOptions => ({
  host: info.host,
  port: info.tlsPort,
  tls: { ca: readFileSync(info.ca, "utf8"), serverName: "localhost" }
})

const borrowed = ({ info }: Asterisk_): Layer.Layer<AmiTransport> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const client = new (yield* loadAmiClient)()
      yield* Effect.acquireRelease(
        Effect.promise(() => client.connect("operator", info.secret, { host: info.host, port: info.port })),
        () => Effect.sync(() => void client.disconnect())
      )
      return fromAmiClient(client)
    })
  ).pipe(Layer.orDie)

const drivers: ReadonlyArray<Driver> = [
  { name: "native, TCP", transport: (a) => NodeAmiTransport.layer(clear(a)), load: full, borrowed: false },
  { name: "native, TLS", transport: (a) => NodeAmiTransport.layer(encrypted(a)), load: full, borrowed: false },
  {
    name: "asterisk-ami-client, TCP",
    transport: (a) => Layer.orDie(AmiClientTransport.layer(clear(a))),
    load: full,
    borrowed: false
  },
  {
    name: "asterisk-ami-client, TLS",
    transport: (a) => Layer.orDie(AmiClientTransport.layer(encrypted(a))),
    load: full,
    borrowed: false
  },
  {
    name: "a program's AmiClient",
    transport: borrowed,
    load: { loops: 2, count: 1_000, calls: 10 },
    borrowed: true
  }
]

const isLoadDone = (message: AmiMessage): boolean => message.get("UserEvent") === "LoadDone"

/** Nothing lost, nothing twice, in order: each loop's numbers, and a hang-up for every channel. */
const checkAll = (events: ReadonlyArray<AmiMessage>, { loops, count }: CallLoad): void => {
  const next = Array.from({ length: loops }, () => 0)
  for (const event of events) {
    if (event.get("UserEvent") !== "Load") continue
    const loop = Number(event.get("Loop"))
    assert.strictEqual(Number(event.get("Seq")), next[loop], `loop ${loop}`)
    next[loop] = (next[loop] ?? 0) + 1
  }
  assert.deepStrictEqual(
    next,
    next.map(() => count)
  )
}

const channels = (events: ReadonlyArray<AmiMessage>, name: string): ReadonlySet<string> =>
  new Set(events.filter((event) => event.name === name).map((event) => event.get("Uniqueid") ?? ""))

/** Longest time in which the event loop did not turn, in ms, while an effect ran. */
const stallDuring = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<{ readonly result: A; readonly stall: number }, E, R> =>
  Effect.gen(function* () {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const result = yield* effect
    delay.disable()
    return { result, stall: delay.max / 1e6 }
  })

const until = (what: string, holds: () => boolean, seconds = 60) =>
  eventually(what, Effect.sync(holds), (held) => held, seconds)

layer(Asterisk.layer("drivers"), { timeout: 300_000 })("on a real Asterisk", (it) => {
  for (const driver of drivers) {
    it.effect(`${driver.name}: every packet that Asterisk says comes, whatever the load`, () =>
      Effect.gen(function* () {
        const asterisk = yield* Asterisk
        const maker = yield* makeLoad(asterisk)
        const transport = yield* AmiTransport
        const messages: Array<AmiMessage> = []
        const ends: Array<AmiTransportError | null> = []
        const wire = yield* transport.open({
          onMessages: (some) => messages.push(...some),
          onClose: (error) => ends.push(error)
        })
        assert.strictEqual(wire.encrypted, transport.label.startsWith("amis:"))
        if (!driver.borrowed) {
          const login = { Action: "Login", Username: "operator", Secret: asterisk.info.secret, ActionID: "login" }
          yield* wire.write(yield* Effect.fromResult(encodeAction(Object.entries(login))))
          yield* until("signed in", () => messages.some((message) => message.get("ActionID") === "login"))
        }
        const before = messages.length
        const start = performance.now()
        const isDone = (): boolean =>
          ends.length > 0 ||
          (messages.filter(isLoadDone).length === driver.load.loops &&
            channels(messages, "Newchannel").size >= 4 * driver.load.calls + 2 * driver.load.loops &&
            channels(messages, "Newchannel").size === channels(messages, "Hangup").size)
        const { stall } = yield* stallDuring(
          Effect.gen(function* () {
            yield* maker.start(driver.load)
            yield* until("the bursts are over", () => ends.length > 0 || messages.filter(isLoadDone).length === driver.load.loops)
          })
        )
        const seconds = (performance.now() - start) / 1000
        const packets = messages.length - before
        yield* until("all calls are over", isDone)
        assert.deepStrictEqual(ends, [])
        checkAll(messages, driver.load)
        assert.deepStrictEqual([...channels(messages, "Hangup")].sort(), [...channels(messages, "Newchannel")].sort())
        yield* Effect.log(
          `${driver.name}: ${packets} packets in ${seconds.toFixed(1)} s, ${Math.round(packets / seconds)} a second; the loop stood still for ${Math.round(stall)} ms at most`
        )
      }).pipe(Effect.scoped, Effect.provide(Layer.unwrap(Effect.map(Asterisk, driver.transport))))
    )
  }
})
