/**
 * One AMI session over one driver, in a process of its own: asks for a load of events, counts them and says how it went, as one line
 * of JSON. Arguments: driver, port, events, events per second (0: as fast as they are taken).
 */
import { type AmiSession, type AmiTransport, makeAmiSession } from "@ctid/ami"
import { AmiClientTransport, fromAmiClient, loadAmiClient } from "@ctid/ami-client"
import { NodeAmiTransport } from "@ctid/platform-node"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { DRIVERS, type Driver, type DriverRun, recordedNames } from "./drivers_load.ts"
import { watchLoop } from "./loop_watch.ts"

const host = "127.0.0.1"

const transportOf = (driver: Driver, port: number): Layer.Layer<AmiTransport> => {
  switch (driver) {
    case "native":
      return NodeAmiTransport.layer({ host, port })
    case "asterisk-ami-client":
      return Layer.orDie(AmiClientTransport.layer({ host, port }))
    case "asterisk-ami-client, heard":
      return Layer.orDie(AmiClientTransport.layer({ host, port, onClient: (client) => client.on("event", () => {}) }))
    case "fromAmiClient":
      return Layer.unwrap(
        Effect.gen(function* () {
          const client = new (yield* loadAmiClient)()
          yield* Effect.promise(() => client.connect("cti", "cti-secret", { host, port }))
          return fromAmiClient(client)
        })
      ).pipe(Layer.orDie)
  }
}

/** What the session's handler has seen since the load began. */
interface Seen {
  events: number
  onDone: (sentAt: number) => void
}

const measure = async (ask: () => Promise<unknown>, seen: Seen, events: number): Promise<DriverRun> => {
  const done = new Promise<number>((resolve) => {
    seen.onDone = resolve
  })
  seen.events = 0
  const before = process.cpuUsage()
  const start = performance.now()
  const watch = watchLoop()
  await ask()
  const sentAt = await done
  const { user, system } = process.cpuUsage(before)
  return {
    events: seen.events,
    lost: events - seen.events,
    elapsed: performance.now() - start,
    cpu: (user + system) / 1000,
    behind: Date.now() - sentAt,
    stall: watch.stop().cpu
  }
}

const load = (session: AmiSession, count: number, perSecond: number) => () =>
  Effect.runPromise(
    session.action("Load", [
      ["Count", count],
      ["PerSecond", perSecond]
    ])
  )

const run = (driver: Driver, port: number, events: number, perSecond: number): Effect.Effect<DriverRun> =>
  Effect.gen(function* () {
    const seen: Seen = { events: 0, onDone: () => {} }
    const session = yield* makeAmiSession(
      { username: "cti", secret: Redacted.make("cti-secret"), actionTimeout: 60_000 },
      {
        interesting: recordedNames,
        onSignal: (signal) => {
          if (signal._tag !== "Event") return Effect.void
          if (signal.event.name === "LoadDone") seen.onDone(Number(signal.event.get("SentAt")))
          else if (signal.event.headers.length > 0) seen.events++
          return Effect.void
        }
      }
    )
    while (session.state() !== "ready") yield* Effect.sleep("5 millis")
    yield* Effect.promise(() => measure(load(session, 5000, 0), seen, 5000))
    return yield* Effect.promise(() => measure(load(session, events, perSecond), seen, events))
  }).pipe(Effect.scoped, Effect.provide([transportOf(driver, port), NodeCrypto.layerDigest, Logger.layer([])]))

const [driver, port, events, perSecond] = process.argv.slice(2)
const known = DRIVERS.find((name) => name === driver)
if (known === undefined) throw new Error(`no driver ${driver}`)
console.log(JSON.stringify(await Effect.runPromise(run(known, Number(port), Number(events), Number(perSecond)))))
process.exit(0)
