/**
 * The child process with the server under test: its own composition root. The stored objects become its directory and settings; a
 * simulated Asterisk stands behind AMI; time and the session id are the runner's where a vector asks for it.
 */

import { PROTOCOL_VERSIONS, Settings } from "@ctid/core/config/settings"
import { CtiServer } from "@ctid/core/cti_server"
import { Telephony } from "@ctid/core/telephony/telephony"
import { NodeListener } from "@ctid/platform-node/node_listener"
import { MemoryDirectory } from "@ctid/simulator/memory_directory"
import { MemoryPasswordHash } from "@ctid/simulator/memory_password_hash"
import { directoryData } from "@ctid/testing/vectors/directory_data"
import type { StoredState } from "@ctid/testing/vectors/stored_state"
import * as Clock from "effect/Clock"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { ChildAnswer, NumberedOrder, Order } from "./child_messages.ts"
import { makeForcedSessionId } from "./forced_session_id.ts"
import { makeProbe, type Probe } from "./probed_transport.ts"
import { ShiftedClock } from "./shifted_clock.ts"

/** Turns of the event loop after which what had arrived has been read, handled and answered. */
const TURNS = 8

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const turns = async (): Promise<void> => {
  for (let index = 0; index < TURNS; index++) await turn()
}

interface Running {
  readonly scope: Scope.Closeable
  readonly clock: ShiftedClock
  readonly probe: Probe
  readonly forceSessionId: (id: string) => void
  readonly log: Array<string>
}

let running: Running | null = null

const telephony = Layer.succeed(Telephony, {
  isUp: () => true,
  events: Stream.never,
  setDoNotDisturb: () => Effect.succeed("done"),
  setForward: () => Effect.succeed("done"),
  agentLogin: () => Effect.succeed("done"),
  agentLogoff: () => Effect.succeed("done"),
  pauseAgent: () => Effect.succeed("done"),
  queueAdd: () => Effect.succeed("done"),
  queueRemove: () => Effect.succeed("done"),
  logPresence: () => Effect.void,
  listen: () => Effect.void
} as never)

const start = async (order: Extract<Order, { readonly _tag: "Start" }>): Promise<number> => {
  const version = PROTOCOL_VERSIONS.find((known) => known === order.version)
  if (version === undefined) throw new Error(`protocol version ${order.version} is not served`)
  const clock = new ShiftedClock()
  const probe = makeProbe()
  const sessionIds = makeForcedSessionId()
  const log: Array<string> = []
  const { stored } = order
  const doors = Layer.mergeAll(
    Settings.layer({
      version,
      reachability: "advisory",
      contextSeparation: stored.context_separation === true,
      loginTimeout: typeof stored.login_timeout === "number" ? stored.login_timeout * 1000 : 5_000
    }),
    MemoryDirectory.layer(directoryData(stored)),
    telephony,
    MemoryPasswordHash.layer(),
    NodeListener.layer,
    sessionIds.layer,
    Digest.layerWebCrypto
  )
  const root = Layer.mergeAll(
    Layer.succeed(Clock.Clock, clock),
    Logger.layer([Logger.map(Logger.formatLogFmt, (line) => void log.push(line))])
  )
  const scope = Scope.makeUnsafe()
  running = { scope, clock, probe, forceSessionId: sessionIds.force, log }
  const program = Effect.gen(function* () {
    const context = yield* Layer.build(CtiServer.layer.pipe(Layer.provideMerge(doors), Layer.provideMerge(root)))
    return yield* Effect.provideContext(
      Effect.flatMap(CtiServer, (server) => server.listen({ address: "127.0.0.1", port: 0 })),
      context
    )
  })
  const endpoint = await Effect.runPromise(Scope.provide(program, scope))
  return endpoint.port
}

const stop = async (): Promise<ReadonlyArray<string>> => {
  const ended = running
  running = null
  if (ended === null) return []
  await Effect.runPromise(Scope.close(ended.scope, Exit.void))
  return ended.log
}

const obey = async (order: Order): Promise<{ readonly port: number | null; readonly log: ReadonlyArray<string> }> => {
  switch (order._tag) {
    case "Start":
      await stop()
      return { port: await start(order), log: [] }
    case "Settle":
      await turns()
      if (running !== null) await Effect.runPromise(running.probe.ping)
      await turns()
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
