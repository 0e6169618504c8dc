/** Opens a wire and, where its transport wants STARTTLS, encrypts it before anybody speaks over it. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { ClientProtocolError, ClientTimeout, type LinkError } from "./client_error.ts"
import type { ClientTransport, ClientTransportError, ClientTransportHandlers, ClientWire } from "./client_transport.ts"
import { StartTlsDialogue, startTlsWish } from "./start_tls.ts"

type Stage = "connection" | StartTlsDialogue["waitsFor"]

const HINT = "it does not encrypt there, or this is its TLS port. Nothing was said in clear"

const missing = (label: string, stage: Stage, after: string): string => {
  switch (stage) {
    case "connection":
      return `no connection to ${label}${after}`
    case "offer":
      return `${label} did not offer STARTTLS${after}: ${HINT}`
    case "confirmation":
      return `${label} did not confirm STARTTLS${after}`
    case "handshake":
      return `${label} did not end the TLS handshake${after}`
  }
}

const inTime = <A, R>(
  effect: Effect.Effect<A, LinkError, R>,
  label: string,
  stage: () => Stage,
  deadline: number
): Effect.Effect<A, LinkError, R> =>
  Effect.timeoutOrElse(effect, {
    duration: deadline,
    orElse: () => {
      const waitedFor = stage() === "connection" ? "connection" : "starttls"
      const message = missing(label, stage(), ` within ${deadline / 1000} s`)
      return Effect.fail(new ClientTimeout({ waitedFor, after: deadline, message }))
    }
  })

/** The connection ended before it was encrypted. */
const endedEarly = (label: string, stage: Stage, error: ClientTransportError | null): LinkError => {
  if (error !== null && (stage === "handshake" || error.reason === "tls")) return error
  const message = missing(label, stage, " and ended the connection")
  return new ClientProtocolError({ reason: "no_starttls", message })
}

const wish = new TextEncoder().encode(`${JSON.stringify(startTlsWish)}\n`)

const openWithStartTls = (
  transport: ClientTransport["Service"],
  handlers: ClientTransportHandlers,
  dialogue: StartTlsDialogue,
  opened: () => void
): Effect.Effect<ClientWire, LinkError, Scope.Scope> =>
  Effect.gen(function* () {
    const offered: Deferred.Deferred<void> = Deferred.makeUnsafe()
    const confirmed: Deferred.Deferred<void> = Deferred.makeUnsafe()
    const refused: Deferred.Deferred<never, LinkError> = Deferred.makeUnsafe()
    let clear = true
    let handedOver = false

    const inClear = (chunk: Uint8Array): void => {
      const step = dialogue.push(chunk)
      if (step === "wish") Deferred.doneUnsafe(offered, Exit.void)
      else if (step === "handshake") Deferred.doneUnsafe(confirmed, Exit.void)
      else if (step !== "wait") Deferred.doneUnsafe(refused, Exit.fail(step))
    }
    const unlessRefused = <A>(effect: Effect.Effect<A, LinkError>): Effect.Effect<A, LinkError> =>
      Effect.suspend(() =>
        Deferred.isDoneUnsafe(refused) ? Deferred.await(refused) : Effect.raceFirst(effect, Deferred.await(refused))
      )

    const wire = yield* transport.open({
      onBytes: (chunk) => (clear ? inClear(chunk) : handlers.onBytes(chunk)),
      onClose: (error) => {
        if (handedOver) handlers.onClose(error)
        else Deferred.doneUnsafe(refused, Exit.fail(endedEarly(transport.label, dialogue.waitsFor, error)))
      }
    })
    opened()
    yield* unlessRefused(Deferred.await(offered))
    yield* unlessRefused(wire.write(wish))
    yield* unlessRefused(Deferred.await(confirmed))
    // What was said in clear behind the confirmation is refused; from here on the wire tells nothing that is clear.
    const handshake = Effect.suspend(() => {
      clear = false
      return wire.upgradeToTls
    })
    yield* unlessRefused(handshake)
    return yield* unlessRefused(
      Effect.sync(() => {
        handedOver = true
        return wire
      })
    )
  })

/** A wire as its transport's `encryption` says: nothing is said over it in clear but where that is `none`. `deadline` in milliseconds. */
export const openWire = (
  transport: ClientTransport["Service"],
  handlers: ClientTransportHandlers,
  deadline: number
): Effect.Effect<ClientWire, LinkError, Scope.Scope> => {
  const { label } = transport
  if (transport.encryption !== "starttls") return inTime(transport.open(handlers), label, () => "connection", deadline)
  return Effect.suspend(() => {
    const dialogue = new StartTlsDialogue()
    let open = false
    const opening = openWithStartTls(transport, handlers, dialogue, () => {
      open = true
    })
    return inTime(opening, label, () => (open ? dialogue.waitsFor : "connection"), deadline)
  })
}
