/**
 * The wire to Asterisk over an `AmiClient` that a program has and keeps connected itself.
 *
 * Its limits, of which the first four are enforced:
 * - the owner signs in: on this wire a session neither signs in nor off, and leaves the event mask as it is;
 * - the owner connects again: when his client loses its connection this wire closes, and cannot be opened until the client is
 *   connected and Asterisk answers on it;
 * - every action is one packet with an ActionID of its own; anything else is refused before it reaches the client;
 * - an event that is named like one of the client's own (`disconnect`, `error`, `response`) disturbs nothing here;
 * - the package's own parser stays: of a repeated header the last value is left, values have no blanks at their ends, a packet without end
 *   fills the memory, a busy PBX is too much for it, and a listener of the program that throws stops it, which is found by the next ping;
 * - an `eventFilter` hides events from this wire, too;
 * - the owner's user of `manager.conf` must be allowed what ctid needs, and his event mask must include `system,call,agent,user`.
 *
 * @example
 * ```ts
 * import { type AmiClientLike, fromAmiClient } from "@ctid/ami-client"
 *
 * declare const client: AmiClientLike // a connected AmiClient of asterisk-ami-client
 * const transport = fromAmiClient(client, { label: "ami://pbx.example:5038" })
 * ```
 */
import { encodeAction } from "@ctid/ami/ami_encoder"
import { AmiTransport, AmiTransportError, type AmiTransportHandlers, type AmiWire } from "@ctid/ami/ami_transport"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import type { AmiClientLike, AmiClientPacket } from "./ami_client_like.ts"
import { messageOf } from "./header_object.ts"
import { notOneAction } from "./one_action.ts"

export interface FromAmiClientOptions {
  /** For logs: where the client is connected to. Default `asterisk-ami-client`. */
  readonly label?: string | undefined
  /** Milliseconds in which Asterisk must answer a Ping on the client before the wire is open. Default 10,000. */
  readonly connectTimeout?: number | undefined
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true })

interface Given {
  readonly client: AmiClientLike
  readonly label: string
  /** Gets what a handler threw: the client's parser would stop if it were told. */
  readonly report: (thrown: unknown) => void
}

class BorrowedWire implements AmiWire {
  readonly greeting = ""
  readonly encrypted = false
  readonly authenticated = true
  /** Asterisk has answered. */
  readonly answered: Deferred.Deferred<void, AmiTransportError> = Deferred.makeUnsafe()
  readonly #given: Given
  readonly #handlers: AmiTransportHandlers
  readonly #connection: AmiClientLike["connection"]
  readonly #pingId: string
  #last: AmiClientPacket | null = null
  #state: "asking" | "open" | "ended" = "asking"

  constructor(given: Given, handlers: AmiTransportHandlers, pingId: string) {
    this.#given = given
    this.#handlers = handlers
    this.#pingId = pingId
    this.#connection = given.client.connection
    for (const [name, listener] of this.#listeners) given.client.on(name, listener)
  }

  /** The owner's connection stays. */
  readonly close = (): void => this.#end(null)

  readonly write = (bytes: Uint8Array): Effect.Effect<void, AmiTransportError> =>
    Effect.suspend(() => {
      const { client, label } = this.#given
      if (this.#state === "ended" || client.isConnected !== true || client.connection !== this.#connection) {
        return Effect.fail(new AmiTransportError({ reason: "closed", message: `${label}: this wire is closed already` }))
      }
      const text = utf8.decode(bytes)
      const why = notOneAction(text)
      if (why !== null) {
        return Effect.fail(new AmiTransportError({ reason: "lost", message: `${label}: an action was not sent: ${why}` }))
      }
      return Effect.try({
        try: () => void this.#connection?.write(text),
        catch: (thrown) =>
          new AmiTransportError({ reason: "lost", message: `${label}: the AmiClient did not write: ${String(thrown)}` })
      })
    })

  readonly #onPacket = (packet: AmiClientPacket): void => {
    // a client that emits by types emits an event named `event` or `response` twice
    if (this.#state === "ended" || typeof packet !== "object" || packet === null || packet === this.#last) return
    this.#last = packet
    if (this.#state === "open") this.#guarded(() => this.#handlers.onMessages([messageOf(packet)]))
    else if (packet.ActionID === this.#pingId) {
      this.#state = "open"
      Deferred.doneUnsafe(this.answered, Effect.void)
    }
  }

  readonly #onDisconnect = (): void => {
    // an event may be named so; and who calls `disconnect()` is told twice
    if (this.#given.client.isConnected === true) return
    this.#end(
      new AmiTransportError({ reason: "closed", message: `${this.#given.label}: the AmiClient's connection was closed` })
    )
  }

  /** Only an event is ever emitted so; without a listener it would end the process. */
  readonly #onError = (): void => {}

  readonly #listeners: ReadonlyArray<readonly [string, (packet: AmiClientPacket) => void]> = [
    ["event", this.#onPacket],
    ["response", this.#onPacket],
    ["disconnect", this.#onDisconnect],
    ["error", this.#onError]
  ]

  #end(error: AmiTransportError | null): void {
    if (this.#state === "ended") return
    const wasOpen = this.#state === "open"
    this.#state = "ended"
    for (const [name, listener] of this.#listeners) this.#given.client.removeListener(name, listener)
    if (wasOpen) this.#guarded(() => this.#handlers.onClose(error))
    else if (error !== null) Deferred.doneUnsafe(this.answered, Effect.fail(error))
  }

  #guarded(run: () => void): void {
    try {
      run()
    } catch (thrown) {
      this.#given.report(thrown)
    }
  }
}

const notConnected = (label: string): AmiTransportError =>
  new AmiTransportError({
    reason: "connect",
    message: `${label}: the AmiClient is not connected. Its owner must connect it, here nobody does.`
  })

const silent = (label: string, timeout: number): AmiTransportError =>
  new AmiTransportError({
    reason: "timeout",
    message: `${label}: the AmiClient says that it is connected, but a Ping on it was not answered within ${timeout} ms. Its owner must connect it again.`
  })

const open =
  (given: Given, connectTimeout: number) =>
  (handlers: AmiTransportHandlers): Effect.Effect<AmiWire, AmiTransportError, Scope.Scope> =>
    Effect.gen(function* () {
      const { client, label } = given
      if (client.isConnected !== true || client.connection === null) return yield* notConnected(label)
      const pingId = `ctid-open-${(yield* Random.nextIntBetween(0x10000000, 0x100000000)).toString(16)}`
      const ping = yield* Effect.fromResult(
        encodeAction([
          ["Action", "Ping"],
          ["ActionID", pingId]
        ])
      ).pipe(Effect.orDie)
      const wire = yield* Effect.acquireRelease(
        Effect.sync(() => new BorrowedWire(given, handlers, pingId)),
        (wire) => Effect.sync(wire.close)
      )
      yield* Effect.andThen(wire.write(ping), Deferred.await(wire.answered)).pipe(
        Effect.timeoutOrElse({ duration: connectTimeout, orElse: () => Effect.fail(silent(label, connectTimeout)) }),
        Effect.onError(() => Effect.sync(wire.close))
      )
      return wire
    })

/** `AmiTransport` over a client of the program's own: see the limits above. */
export const fromAmiClient = (client: AmiClientLike, options: FromAmiClientOptions = {}): Layer.Layer<AmiTransport> =>
  Layer.effect(
    AmiTransport,
    Effect.gen(function* () {
      const label = options.label ?? "asterisk-ami-client"
      const context = yield* Effect.context<never>()
      const report = (thrown: unknown): void => {
        Effect.runForkWith(context)(
          Effect.logError("wire handler failed", Cause.die(thrown)).pipe(Effect.annotateLogs({ pbx: label }))
        )
      }
      return AmiTransport.of({ label, open: open({ client, label, report }, options.connectTimeout ?? 10_000) })
    })
  )
