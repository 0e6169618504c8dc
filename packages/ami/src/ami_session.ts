/** Keeps a link to Asterisk: connects again whenever it is lost, hands events to one handler, carries actions. */
import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import type * as Digest from "effect/crypto/Digest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Metric from "effect/Metric"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { AmiActionError, type AmiList } from "./ami_action.ts"
import type { ActionHeaders } from "./ami_encoder.ts"
import { type AmiLink, openAmiLink } from "./ami_link.ts"
import type { AmiMessage } from "./ami_message.ts"
import { type AmiSettings, defaultAmiSettings } from "./ami_settings.ts"
import { AmiTransport } from "./ami_transport.ts"
import { type AmiSignal, SignalQueue } from "./signal_queue.ts"

/** `closing`: this session is being ended. `down`: between two attempts. */
export type AmiState = "connecting" | "authenticating" | "booting" | "ready" | "closing" | "down"

export interface AmiSession {
  readonly state: () => AmiState
  /** Number of the latest attempt to connect: another number is another link. */
  readonly link: () => number
  /** Where Asterisk is, for logs. */
  readonly label: string
  /** Sends an action and waits for its answer; `Response: Error` is a failure. While not `ready` it fails at once. */
  readonly action: (name: string, headers?: ActionHeaders) => Effect.Effect<AmiMessage, AmiActionError>
  /** The same for an action that answers with a list: waits for all of it. */
  readonly list: (name: string, headers?: ActionHeaders) => Effect.Effect<AmiList, AmiActionError>
  /** Puts a `Resync` signal in line behind the events that wait, unless one is there. */
  readonly resync: () => void
  /** Between two attempts to connect: makes the next one now. */
  readonly reconnect: () => void
}

export interface AmiSessionOptions {
  /** Names of the events that are wanted, in lower case; the others are dropped unread. */
  readonly interesting: ReadonlySet<string>
  /**
   * Gets every signal in order, one at a time. What it throws is logged and counted and stops nothing. It may use the session: answers
   * do not wait for it.
   */
  readonly onSignal: (signal: AmiSignal, session: AmiSession) => Effect.Effect<void>
}

const dropped = Metric.counter("ctid_ami_events_dropped", {
  description: "Events of Asterisk dropped because the handler was too slow",
  incremental: true
})
const failures = Metric.counter("ctid_ami_handler_failures", {
  description: "Failures while an event of Asterisk was handled",
  incremental: true
})
const connections = Metric.counter("ctid_ami_links", { description: "Links to Asterisk that became ready", incremental: true })

/** A link that was ready this long (ns) ends a row of failures. */
const STABLE = 10_000_000_000n

/** Milliseconds before the next attempt: doubled with each failure, and the upper half of it by chance. */
const backoff = (first: number, longest: number, failures: number): Effect.Effect<number> => {
  const full = Math.min(Math.max(first, longest), first * 2 ** Math.min(failures, 30))
  return Effect.map(Random.next, (chance) => Math.round(Math.max(first, full / 2 + (full / 2) * chance)))
}

/** Says good-bye at the end, if Asterisk still listens; in milliseconds. */
const LOGOFF_TIMEOUT = 500

/** Starts a session; the scope's end logs off and closes it. Never fails: it tries for ever, and says in the log why it must. */
export const makeAmiSession = Effect.fnUntraced(function* (
  given: AmiSettings,
  options: AmiSessionOptions
): Effect.fn.Return<AmiSession, never, AmiTransport | Digest.Digest | Scope.Scope> {
  const settings = { ...defaultAmiSettings, ...given }
  const transport = yield* AmiTransport
  const clock = yield* Clock.Clock
  const context = yield* Effect.context<never>()
  const idPrefix = `ctid-${(yield* Random.nextIntBetween(0x100000, 0x1000000)).toString(16)}`
  const queue = new SignalQueue(settings.maxQueuedEvents)
  let state: AmiState = "down"
  let link: AmiLink | null = null
  let links = 0
  /** Opened by somebody who knows that Asterisk is there. */
  const retry = Latch.makeUnsafe(false)

  const enter = (next: AmiState, details: Record<string, unknown> = {}): Effect.Effect<void> =>
    Effect.suspend(() => {
      state = next
      const log = next !== "down" ? Effect.logInfo : details.reason === "refused" ? Effect.logError : Effect.logWarning
      return log("ami").pipe(Effect.annotateLogs({ state: next, pbx: transport.label, ...details }))
    })

  const onEvents = (events: ReadonlyArray<AmiMessage>): void => {
    // what came before is covered by the questions that follow `Ready`
    if (state !== "ready") return
    const lost = queue.events(events)
    if (lost > 0) dropped.updateUnsafe(lost, context)
  }

  const unavailable = (action: string): Effect.Effect<never, AmiActionError> =>
    Effect.suspend(() =>
      Effect.fail(
        new AmiActionError({
          reason: "unavailable",
          action,
          message: `Asterisk at ${transport.label} is out of reach (${state}): ${action} was not sent.`
        })
      )
    )

  const session: AmiSession = {
    state: () => state,
    link: () => links,
    label: transport.label,
    action: (name, headers) => Effect.suspend(() => link?.action(name, headers) ?? unavailable(name)),
    list: (name, headers) => Effect.suspend(() => link?.list(name, headers) ?? unavailable(name)),
    resync: () => queue.resync(),
    reconnect: () => retry.openUnsafe()
  }

  /** One link from its opening to its end: how it ended, and since when it had been ready. */
  const attempt = Effect.gen(function* () {
    yield* enter("connecting")
    const opened = yield* openAmiLink(given, {
      interesting: options.interesting,
      onEvents,
      onState: enter,
      idPrefix: `${idPrefix}-${++links}`
    })
    link = opened
    const since = clock.monotonicTimeNanosUnsafe()
    yield* Metric.update(connections, 1)
    yield* enter("ready")
    queue.ready()
    const error = yield* opened.closed
    link = null
    queue.lost(error?.message ?? "The link was closed.")
    return { error, stable: clock.monotonicTimeNanosUnsafe() - since >= STABLE }
  }).pipe(
    Effect.scoped,
    Effect.catch((error) => Effect.succeed({ error, stable: false }))
  )

  const keep = Effect.gen(function* () {
    let failed = 0
    for (;;) {
      const { error, stable } = yield* attempt
      if (stable) failed = 0
      const first = error?._tag === "AmiLoginError" ? settings.retryRefused : settings.retryFirst
      const retryInMs = yield* backoff(first, settings.retryLongest, failed++)
      yield* enter("down", {
        reason: error?.reason ?? "closed",
        detail: error?.message ?? "The link was closed.",
        retryInMs
      })
      // what was said while an attempt was under way is answered by that attempt
      retry.closeUnsafe()
      yield* Effect.raceFirst(Effect.sleep(Duration.millis(retryInMs)), retry.await)
    }
  })

  /** A handler's fault is its own: the next signal gets its turn. */
  const failed = (signal: AmiSignal, cause: Cause.Cause<never>): Effect.Effect<void> =>
    Effect.andThen(
      Metric.update(failures, 1),
      Effect.logError("ami handler failed", cause).pipe(
        Effect.annotateLogs({ signal: signal._tag === "Event" ? signal.event.name : signal._tag })
      )
    )

  const handle = Effect.gen(function* () {
    for (;;) {
      for (const signal of yield* queue.take) {
        if (signal._tag === "Resync" && signal.reason === "overflow") {
          yield* Effect.logWarning("ami events dropped").pipe(
            Effect.annotateLogs({
              pbx: transport.label,
              detail: "Events came faster than they were handled; asking for everything."
            })
          )
        }
        yield* Effect.suspend(() => options.onSignal(signal, session)).pipe(Effect.catchCause((cause) => failed(signal, cause)))
      }
    }
  })

  yield* Effect.forkScoped(handle)
  yield* Effect.forkScoped(keep)
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      const open = link
      yield* enter("closing")
      if (open !== null) yield* Effect.ignore(Effect.timeoutOption(open.logoff, Duration.millis(LOGOFF_TIMEOUT)))
    })
  )
  return session
})
