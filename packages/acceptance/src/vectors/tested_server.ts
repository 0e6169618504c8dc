/**
 * The child process with the server under test: its own composition root. The stored objects become its directory and settings; a
 * simulated Asterisk stands behind AMI; time and the session id are the runner's where a vector asks for it.
 */

import { AmiTelephony } from "@ctid/ami/ami_telephony"
import { LiveConfig, type LiveValues } from "@ctid/core/config/live_config"
import type { TlsCredentials } from "@ctid/core/connection/tls_identity"
import { openInfoPort, openWebInterfacePort } from "@ctid/core/console/side_ports"
import { CtiServer } from "@ctid/core/cti_server"
import { CtiEvents } from "@ctid/core/events/cti_events"
import { Telephony } from "@ctid/core/telephony/telephony"
import { issueServerCertificate, makeCertificateAuthority } from "@ctid/platform-node/certificate_authority"
import { NodeAmiTransport } from "@ctid/platform-node/node_ami_transport"
import { NodeListener } from "@ctid/platform-node/node_listener"
import { MemoryPasswordHash } from "@ctid/simulator/memory_password_hash"
import { MANAGER } from "@ctid/testing/vectors/asterisk_setup"
import { Malformed } from "@ctid/testing/vectors/reader"
import type { StoredState } from "@ctid/testing/vectors/stored_state"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type BusEvent, busEvent } from "./bus_event.ts"
import type { ChildAnswer, NumberedOrder, Order, ServerPorts } from "./child_messages.ts"
import { type CountedCrypto, makeCountedCrypto } from "./counted_crypto.ts"
import { makeForcedSessionId } from "./forced_session_id.ts"
import { makeProbe, type Probe } from "./probed_transport.ts"
import { ShiftedClock } from "./shifted_clock.ts"
import { testedValues } from "./tested_values.ts"

/** Turns of the event loop after which what had arrived has been read, handled and answered. */
const TURNS = 8

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const turns = async (): Promise<void> => {
  for (let index = 0; index < TURNS; index++) await turn()
}

/** Everything that had arrived is handled, also what was worked on off the event loop. */
const handled = async (crypto: CountedCrypto): Promise<void> => {
  await turns()
  while (crypto.underWay() > 0) {
    await turn()
    if (crypto.underWay() === 0) await turns()
  }
}

interface Running {
  readonly scope: Scope.Closeable
  readonly clock: ShiftedClock
  readonly probe: Probe
  readonly crypto: CountedCrypto
  readonly forceSessionId: (id: string) => void
  readonly store: (stored: StoredState) => void
  readonly reload: Effect.Effect<boolean>
  readonly log: Array<string>
}

let running: Running | null = null

/** Of the server that runs; taken away with the next answer. */
const events: Array<BusEvent> = []

/** Milliseconds for the first reading of Asterisk. */
const PATIENCE = 5_000
/** Milliseconds between two looks whether it is done. */
const LOOK = 2

const telephonyLayer = (amiPort: number, probe: Probe) =>
  AmiTelephony.layer({
    ami: { username: MANAGER.username, secret: Redacted.make(MANAGER.secret) },
    // so that `agent-login` can be read from what the queues are told (extension and context)
    templates: { agentInterface: "Local/{exten}@{context}", agentStateInterface: "{device}" }
  }).pipe(Layer.provide(probe.into(NodeAmiTransport.layer({ host: "127.0.0.1", port: amiPort }))))

const isUp = Effect.gen(function* () {
  const telephony = yield* Telephony
  for (let waited = 0; !telephony.isUp(); waited += LOOK) {
    if (waited > PATIENCE) return yield* Effect.die(new Error("Asterisk was not read in time"))
    yield* Effect.sleep(LOOK)
  }
})

/** One certificate for all servers of this process. */
const certificate = Effect.cached(
  Effect.gen(function* () {
    const authority = yield* makeCertificateAuthority({ name: "vectors", days: 1 })
    const { certificate, key } = yield* issueServerCertificate(authority, { names: ["127.0.0.1"], days: 1 })
    const credentials: TlsCredentials = { certificate, key, clientCa: null, minVersion: "TLSv1.2" }
    return { ca: authority.certificate, tls: { credentials: () => credentials, handshakeTimeout: 5_000 } }
  })
).pipe(Effect.runSync)

/** A server's configuration, and how it is read again. */
const readable = (first: StoredState, version: string) => {
  let stored = first
  const read: Effect.Effect<LiveValues | null> = Effect.sync(() => {
    try {
      return testedValues(stored, version)
    } catch (error) {
      if (error instanceof Malformed) return null
      throw error
    }
  })
  const reload = Effect.gen(function* () {
    const values = yield* read
    if (values === null) return false
    yield* (yield* LiveConfig).replace(values)
    yield* (yield* CtiServer).reload()
    return true
  })
  return {
    store: (changed: StoredState) => {
      stored = changed
    },
    read,
    reload
  }
}

const start = async (order: Extract<Order, { readonly _tag: "Start" }>): Promise<ServerPorts> => {
  const clock = new ShiftedClock()
  const probe = makeProbe()
  const crypto = makeCountedCrypto()
  const sessionIds = makeForcedSessionId()
  const log: Array<string> = []
  const { stored, version } = order
  const doors = Layer.mergeAll(
    MemoryPasswordHash.layer(),
    NodeListener.layer,
    sessionIds.layer,
    telephonyLayer(order.amiPort, probe)
  ).pipe(Layer.provideMerge(LiveConfig.layer(testedValues(stored, version))), Layer.provideMerge(Digest.layerWebCrypto))
  const root = Layer.mergeAll(
    Layer.succeed(Clock.Clock, clock),
    crypto.layer,
    Logger.layer([Logger.map(Logger.formatLogFmt, (line) => void log.push(line))])
  )
  const scope = Scope.makeUnsafe()
  const { ca, tls } = await Effect.runPromise(certificate)
  const { store, read, reload } = readable(stored, version)
  const program = Effect.gen(function* () {
    const context = yield* Layer.build(CtiServer.layer.pipe(Layer.provideMerge(doors), Layer.provideMerge(root)))
    const offers = stored.starttls === true || order.over === "starttls"
    const here = { address: "127.0.0.1", port: 0 }
    const open = Effect.gen(function* () {
      yield* isUp
      const server = yield* CtiServer
      const cti = yield* server.listen({
        ...here,
        tls: order.over === "ctis" ? tls : undefined,
        startTls: () => (offers ? { tls, required: false } : null)
      })
      const webi = yield* openWebInterfacePort(here, {
        liveReload: stored.live_reload_conf !== false,
        reload: Effect.provideContext(reload, context),
        read
      })
      const info = yield* openInfoPort(here, {
        version: "0",
        startedAt: clock.currentTimeMillisUnsafe(),
        logLevel: null,
        amiDump: null,
        health: () => []
      })
      return { cti: { port: cti.port, over: order.over, ca }, webi: webi.port, info: info.port }
    })
    const { stream } = Context.get(context, CtiEvents)
    yield* Stream.runForEach(stream, (event) => Effect.sync(() => events.push(busEvent(event)))).pipe(
      Effect.forkScoped({ startImmediately: true })
    )
    const ports = yield* Effect.provideContext(open, context)
    return { ports, reload: Effect.provideContext(reload, context) }
  })
  running = { scope, clock, probe, crypto, forceSessionId: sessionIds.force, store, reload: Effect.succeed(false), log }
  const opened = await Effect.runPromise(Scope.provide(program, scope))
  running = { ...running, reload: opened.reload }
  return opened.ports
}

const stop = async (): Promise<ReadonlyArray<string>> => {
  const ended = running
  running = null
  if (ended === null) return []
  await Effect.runPromise(Scope.close(ended.scope, Exit.void))
  return ended.log
}

const obey = async (order: Order): Promise<{ readonly ports: ServerPorts | null; readonly log: ReadonlyArray<string> }> => {
  switch (order._tag) {
    case "Start":
      await stop()
      return { ports: await start(order), log: [] }
    case "Store":
      running?.store(order.stored)
      break
    case "Reload":
      if (running !== null && !(await Effect.runPromise(running.reload))) throw new Error("the stored objects cannot be read")
      break
    case "Settle":
      if (running === null) break
      await handled(running.crypto)
      await Effect.runPromise(running.probe.ping)
      await handled(running.crypto)
      break
    case "Advance":
      running?.clock.advance(order.milliseconds)
      break
    case "SessionId":
      running?.forceSessionId(order.id)
      break
    case "Stop":
      return { ports: null, log: await stop() }
  }
  return { ports: null, log: [] }
}

process.on("message", (message) => {
  const { id, order } = message as NumberedOrder // the runner is ours
  obey(order).then(
    (done) => process.send?.({ id, _tag: "Done", ...done, events: events.splice(0) } satisfies ChildAnswer),
    (error: unknown) => {
      const text = error instanceof Error ? error.message : String(error)
      process.send?.({ id, _tag: "Failed", message: text } satisfies ChildAnswer)
    }
  )
})
process.on("disconnect", () => process.exit(0))
