/**
 * The child process with the server under test: its own composition root. The stored objects become its directory and settings; a
 * simulated Asterisk stands behind AMI; time and the session id are the runner's where a vector asks for it.
 */

import { AmiTelephony } from "@ctid/ami/ami_telephony"
import { PROTOCOL_VERSIONS, Settings } from "@ctid/core/config/settings"
import type { TlsCredentials } from "@ctid/core/connection/tls_identity"
import { CtiServer } from "@ctid/core/cti_server"
import { Telephony } from "@ctid/core/telephony/telephony"
import { issueServerCertificate, makeCertificateAuthority } from "@ctid/platform-node/certificate_authority"
import { NodeAmiTransport } from "@ctid/platform-node/node_ami_transport"
import { NodeListener } from "@ctid/platform-node/node_listener"
import { MemoryDirectory } from "@ctid/simulator/memory_directory"
import { MemoryPasswordHash } from "@ctid/simulator/memory_password_hash"
import { MANAGER } from "@ctid/testing/vectors/asterisk_setup"
import { directoryData } from "@ctid/testing/vectors/directory_data"
import * as Clock from "effect/Clock"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import type { ChildAnswer, NumberedOrder, Order } from "./child_messages.ts"
import { type CountedCrypto, makeCountedCrypto } from "./counted_crypto.ts"
import type { CtiPort } from "./cti_connection.ts"
import { makeForcedSessionId } from "./forced_session_id.ts"
import { makeProbe, type Probe } from "./probed_transport.ts"
import { ShiftedClock } from "./shifted_clock.ts"

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
  readonly log: Array<string>
}

let running: Running | null = null

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

const start = async (order: Extract<Order, { readonly _tag: "Start" }>): Promise<CtiPort> => {
  const version = PROTOCOL_VERSIONS.find((known) => known === order.version)
  if (version === undefined) throw new Error(`protocol version ${order.version} is not served`)
  const clock = new ShiftedClock()
  const probe = makeProbe()
  const crypto = makeCountedCrypto()
  const sessionIds = makeForcedSessionId()
  const log: Array<string> = []
  const { stored } = order
  const doors = Layer.mergeAll(
    Settings.layer({
      version: stored.version_policy === "any" ? "any" : version,
      reachability: stored.reachability === "enforced" ? "enforced" : "advisory",
      contextSeparation: stored.context_separation === true,
      loginTimeout: typeof stored.login_timeout === "number" ? stored.login_timeout * 1000 : 5_000
    }),
    MemoryPasswordHash.layer(),
    NodeListener.layer,
    sessionIds.layer,
    telephonyLayer(order.amiPort, probe)
  ).pipe(Layer.provideMerge(MemoryDirectory.layer(directoryData(stored))), Layer.provideMerge(Digest.layerWebCrypto))
  const root = Layer.mergeAll(
    Layer.succeed(Clock.Clock, clock),
    crypto.layer,
    Logger.layer([Logger.map(Logger.formatLogFmt, (line) => void log.push(line))])
  )
  const scope = Scope.makeUnsafe()
  running = { scope, clock, probe, crypto, forceSessionId: sessionIds.force, log }
  const { ca, tls } = await Effect.runPromise(certificate)
  const program = Effect.gen(function* () {
    const context = yield* Layer.build(CtiServer.layer.pipe(Layer.provideMerge(doors), Layer.provideMerge(root)))
    const offers = stored.starttls === true || order.over === "starttls"
    const listen = Effect.flatMap(CtiServer, (server) =>
      server.listen({
        address: "127.0.0.1",
        port: 0,
        tls: order.over === "ctis" ? tls : undefined,
        startTls: () => (offers ? { tls, required: false } : null)
      })
    )
    return yield* Effect.provideContext(Effect.andThen(isUp, listen), context)
  })
  const { port } = await Effect.runPromise(Scope.provide(program, scope))
  return { port, over: order.over, ca }
}

const stop = async (): Promise<ReadonlyArray<string>> => {
  const ended = running
  running = null
  if (ended === null) return []
  await Effect.runPromise(Scope.close(ended.scope, Exit.void))
  return ended.log
}

const obey = async (order: Order): Promise<{ readonly port: CtiPort | null; readonly log: ReadonlyArray<string> }> => {
  switch (order._tag) {
    case "Start":
      await stop()
      return { port: await start(order), log: [] }
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
      return { port: null, log: await stop() }
  }
  return { port: null, log: [] }
}

process.on("message", (message) => {
  const { id, order } = message as NumberedOrder // the runner is ours
  obey(order).then(
    (done) => process.send?.({ id, _tag: "Done", ...done } satisfies ChildAnswer),
    (error: unknown) => {
      const text = error instanceof Error ? error.message : String(error)
      process.send?.({ id, _tag: "Failed", message: text } satisfies ChildAnswer)
    }
  )
})
process.on("disconnect", () => process.exit(0))
