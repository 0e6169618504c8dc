/** What an implementation of `AmiTransport` brings along to be tested, and what every case begins with. */
import type { AmiMessage } from "@ctid/ami/ami_message"
import { type AmiSession, makeAmiSession } from "@ctid/ami/ami_session"
import type { AmiSettings } from "@ctid/ami/ami_settings"
import { AmiTransport, type AmiTransportError, type AmiTransportHandlers, type AmiWire } from "@ctid/ami/ami_transport"
import type { AmiSignal } from "@ctid/ami/signal_queue"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { type AmiFarEndScript, ScriptedManager } from "./ami_transport_contract_peer.ts"
import { type ContractCase, until } from "./contract.ts"

/** A manager port, and the transport that leads to it. */
export interface AmiPort {
  readonly transport: AmiTransport["Service"]
  /** Ends the connections and refuses new ones. */
  readonly down: Effect.Effect<void>
  /** Lets them in again. */
  readonly up: Effect.Effect<void>
}

/** What a transport can do by its nature; what it cannot is checked to be no more than that. */
export interface AmiTransportAbilities {
  /** The connection is its own: it opens it, and `close` closes it. Otherwise its owner signs in, and connects again. */
  readonly ownsConnection: boolean
  /** All values of a repeated header arrive; otherwise only the last. */
  readonly repeatedHeaders: boolean
  /** Values arrive as they were sent; otherwise without blanks at their ends. */
  readonly exactValues: boolean
  /** A packet without end closes the wire; otherwise the session must find that nothing comes any more. */
  readonly boundedPackets: boolean
}

export interface AmiTransportWorld {
  readonly abilities: AmiTransportAbilities
  /** Opens a port whose connections the script answers; the scope's end closes it. */
  readonly serve: (script: AmiFarEndScript) => Effect.Effect<AmiPort, unknown, Scope.Scope>
  /** Sockets, timers and listeners that the implementation holds at the moment. */
  readonly held: () => number
}

type Run = (world: AmiTransportWorld) => Effect.Effect<void, unknown, Scope.Scope>

export const contractCase = (name: string, run: Run): ContractCase<AmiTransportWorld> => ({
  name,
  run: (world) => Effect.scoped(run(world)).pipe(Effect.provide(Logger.layer([])))
})

/** An open wire with all that its handlers were told. */
export interface OpenWire {
  readonly wire: AmiWire
  readonly messages: Array<AmiMessage>
  readonly ends: Array<AmiTransportError | null>
}

/** One attempt. */
export const tryWire = (
  port: AmiPort,
  onMessages?: AmiTransportHandlers["onMessages"]
): Effect.Effect<OpenWire, AmiTransportError, Scope.Scope> =>
  Effect.suspend(() => {
    const messages: Array<AmiMessage> = []
    const ends: Array<AmiTransportError | null> = []
    const handlers: AmiTransportHandlers = {
      onMessages: (some) => {
        messages.push(...some)
        onMessages?.(some)
      },
      onClose: (error) => {
        ends.push(error)
      }
    }
    return Effect.map(port.transport.open(handlers), (wire) => ({ wire, messages, ends }))
  })

/** Tries until the wire is open, as a session does: whoever owns the connection may need a moment. */
export const openWire = (
  port: AmiPort,
  onMessages?: AmiTransportHandlers["onMessages"]
): Effect.Effect<OpenWire, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    for (;;) {
      const opened = yield* Effect.result(tryWire(port, onMessages))
      if (Result.isSuccess(opened)) return opened.success
      yield* Effect.sleep("2 millis")
    }
  }).pipe(Effect.timeout("10 seconds"))

export interface StartedSession {
  readonly port: AmiPort
  readonly manager: ScriptedManager
  readonly session: AmiSession
  /** All that its handler was told. */
  readonly signals: Array<AmiSignal>
}

const patience: AmiSettings = {
  username: "cti",
  secret: Redacted.make("cti-secret"),
  retryFirst: 10,
  retryLongest: 50,
  retryRefused: 10
}

/** A session over the transport, in impatient settings; ready unless the manager does not let it in. */
export const startSession = (
  world: AmiTransportWorld,
  settings: Partial<AmiSettings> = {},
  manager = new ScriptedManager(),
  onSignal: (signal: AmiSignal) => Effect.Effect<void> = () => Effect.void
): Effect.Effect<StartedSession, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const port = yield* world.serve(manager.script)
    const signals: Array<AmiSignal> = []
    const session = yield* makeAmiSession(
      { ...patience, ...settings },
      {
        interesting: new Set(["userevent"]),
        onSignal: (signal) => {
          signals.push(signal)
          return onSignal(signal)
        }
      }
    ).pipe(Effect.provide(Layer.merge(Layer.succeed(AmiTransport, port.transport), Digest.layerWebCrypto)))
    if (manager.admits) yield* until("the session is ready", () => session.state() === "ready")
    return { port, manager, session, signals }
  })
