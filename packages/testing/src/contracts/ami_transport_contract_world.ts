/** What an implementation of `AmiTransport` brings along to be tested, and what every case begins with. */
import { AmiDecoder } from "@ctid/ami/ami_decoder"
import { type ActionHeaders, encodeAction } from "@ctid/ami/ami_encoder"
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
import type { AmiFarEndScript } from "./ami_transport_contract_peer.ts"
import { type ContractCase, until } from "./contract.ts"

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

interface World {
  readonly abilities: AmiTransportAbilities
  /** Sockets, timers and listeners that the implementation holds at the moment. */
  readonly held: () => number
}

/** A manager port, and the transport that leads to it. */
export interface AmiPort {
  readonly transport: AmiTransport["Service"]
  /** Ends the connections and refuses new ones. */
  readonly down: Effect.Effect<void>
  /** Lets them in again. */
  readonly up: Effect.Effect<void>
}

/** Ports that say what the cases want. */
export interface AmiTransportWorld extends World {
  /** How often a case connects when it looks for what grows. Default 500. */
  readonly reconnections?: number
  /** Opens a port whose connections the script answers; the scope's end closes it. */
  readonly serve: (script: AmiFarEndScript) => Effect.Effect<AmiPort, unknown, Scope.Scope>
}

/** A section of `manager.conf`. */
export interface AmiAccount {
  readonly username: string
  readonly secret: string
}

/** An Asterisk, real or simulated, and the transport that leads to it. Its AstDB has no family `contract`. */
export interface AmiAsterisk {
  readonly transport: AmiTransport["Service"]
  /** May do everything and hears everything; over a transport that does not own its connection its owner uses it. */
  readonly account: AmiAccount
  /** Connections that are signed in. */
  readonly connections: Effect.Effect<number, unknown>
  /** How many logins it has refused since `refuse`. */
  readonly refusals: Effect.Effect<number, unknown>
  /** It dies: its connections break, and nothing listens. */
  readonly down: Effect.Effect<void, unknown>
  /** It starts again, with the AstDB that it had saved, and speaks. */
  readonly up: Effect.Effect<void, unknown>
  /** It takes connections and bytes, and says nothing. */
  readonly freeze: Effect.Effect<void, unknown>
  /** It goes on with what it was sent meanwhile. */
  readonly thaw: Effect.Effect<void, unknown>
  /** It wants another secret from now on; who is signed in stays. */
  readonly refuse: Effect.Effect<void, unknown>
  /** It wants the account's secret again. */
  readonly admit: Effect.Effect<void, unknown>
}

/** Where an Asterisk answers. */
export interface AmiAsteriskWorld extends World {
  /** The scope's end lets go of it: it is left as it was found. */
  readonly start: Effect.Effect<AmiAsterisk, unknown, Scope.Scope>
  /** Milliseconds of silence after which it is asked for a sign of life, and the same time again until it counts as dead. */
  readonly ping: number
  /** How often a case connects when it looks for what grows. */
  readonly reconnections: number
}

export const contractCase = <W>(
  name: string,
  run: (world: W) => Effect.Effect<void, unknown, Scope.Scope>
): ContractCase<W> => ({
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
  transport: AmiTransport["Service"],
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
    return Effect.map(transport.open(handlers), (wire) => ({ wire, messages, ends }))
  })

/** Tries until the wire is open, as a session does: whoever owns the connection may need a moment. */
export const openWire = (
  transport: AmiTransport["Service"],
  onMessages?: AmiTransportHandlers["onMessages"]
): Effect.Effect<OpenWire, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    for (;;) {
      const opened = yield* Effect.result(tryWire(transport, onMessages))
      if (Result.isSuccess(opened)) return opened.success
      yield* Effect.sleep("2 millis")
    }
  }).pipe(Effect.timeout("10 seconds"))

/** Writes one action. */
export const say = (wire: AmiWire, ...headers: ActionHeaders): Effect.Effect<void, unknown> =>
  Effect.flatMap(Effect.fromResult(encodeAction(headers)), (bytes) => wire.write(bytes))

/**
 * Writes actions with these ActionIDs, eight at a time: a real Asterisk closes a connection inside TLS on which so much waits for it that
 * records come in parts.
 */
export const sayAll = (
  { wire, messages }: OpenWire,
  actions: ReadonlyArray<readonly [id: string, headers: ActionHeaders]>
): Effect.Effect<void, unknown> =>
  Effect.gen(function* () {
    const answered = new Set<string>()
    let read = 0
    const open = (id: string): boolean => {
      for (; read < messages.length; read++) {
        const message = messages[read]
        if (message?.kind === "response") answered.add(message.get("ActionID") ?? "")
      }
      return !answered.has(id)
    }
    for (let from = 0; from < actions.length; from += 8) {
      const some = actions.slice(from, from + 8)
      for (const [id, headers] of some) yield* say(wire, ...headers, ["ActionID", id])
      for (const [id] of some) yield* until(`the answer to ${id}`, () => !open(id))
    }
  })

/** A wire on which somebody has signed in. */
export const signedIn = (
  { transport, account }: AmiAsterisk,
  onMessages?: AmiTransportHandlers["onMessages"]
): Effect.Effect<OpenWire, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const opened = yield* openWire(transport, onMessages)
    if (opened.wire.authenticated === true) return opened
    const { username, secret } = account
    yield* say(opened.wire, ["Action", "Login"], ["Username", username], ["Secret", secret], ["ActionID", "login"])
    yield* until("signed in", () => opened.messages.some((said) => said.get("ActionID") === "login" && said.name === "Success"))
    return opened
  })

/** User events of the contract's own name, in order; a real Asterisk has more to say. */
export const heard = (messages: ReadonlyArray<AmiMessage>): ReadonlyArray<AmiMessage> =>
  messages.filter((message) => message.kind === "event" && message.get("UserEvent") === "Contract")

/** Counts what goes through a transport. */
const tapped = (transport: AmiTransport["Service"], sent: Array<AmiMessage>): AmiTransport["Service"] =>
  AmiTransport.of({
    label: transport.label,
    open: (handlers) =>
      Effect.map(transport.open(handlers), (wire) => {
        const decoder = new AmiDecoder({ greeting: false })
        return {
          ...wire,
          write: (bytes) =>
            Effect.suspend(() => {
              sent.push(...decoder.push(bytes))
              return wire.write(bytes)
            })
        }
      })
  })

export interface StartedSession {
  readonly session: AmiSession
  /** All that its handler was told. */
  readonly signals: Array<AmiSignal>
  /** The actions of this name that it has written. */
  readonly sent: (name: string) => ReadonlyArray<AmiMessage>
  /** The names of all actions that it has written, in order. */
  readonly written: () => ReadonlyArray<string>
}

const patience = { retryFirst: 10, retryLongest: 50, retryRefused: 10 }

/** A session over a transport, in impatient settings; ready. */
export const startSession = (
  { transport, account }: Pick<AmiAsterisk, "transport" | "account">,
  settings: Partial<AmiSettings> = {},
  onSignal: (signal: AmiSignal) => Effect.Effect<void> = () => Effect.void
): Effect.Effect<StartedSession, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const signals: Array<AmiSignal> = []
    const actions: Array<AmiMessage> = []
    const session = yield* makeAmiSession(
      { ...patience, username: account.username, secret: Redacted.make(account.secret), ...settings },
      {
        interesting: new Set(["userevent"]),
        onSignal: (signal) => {
          signals.push(signal)
          return onSignal(signal)
        }
      }
    ).pipe(Effect.provide(Layer.merge(Layer.succeed(AmiTransport, tapped(transport, actions)), Digest.layerWebCrypto)))
    yield* until("the session is ready", () => session.state() === "ready")
    return {
      session,
      signals,
      sent: (name) => actions.filter((action) => action.name === name),
      written: () => actions.map((action) => action.name)
    }
  })

/** `Ready`, `Lost` and so on, without the events. */
export const turns = (signals: ReadonlyArray<AmiSignal>): string =>
  signals.flatMap(({ _tag }) => (_tag === "Event" ? [] : [_tag])).join()
