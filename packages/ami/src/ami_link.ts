/** One link to Asterisk, from the greeting to its end: login, readiness, actions with their answers, pings. */
import * as Clock from "effect/Clock"
import * as Digest from "effect/crypto/Digest"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { AmiActionError, type AmiList } from "./ami_action.ts"
import { GREETING } from "./ami_decoder.ts"
import { type ActionHeaders, encodeAction } from "./ami_encoder.ts"
import type { AmiMessage } from "./ami_message.ts"
import { type AmiSettings, defaultAmiSettings, defaultMaxActions } from "./ami_settings.ts"
import { AmiTransport, AmiTransportError, type AmiWire } from "./ami_transport.ts"
import { PendingActions } from "./pending_actions.ts"

/** Classes of events that this server uses; the rest (dialplan, DTMF, RTCP, test events ...) stays in Asterisk. */
const EVENT_MASK = "system,call,agent,user"
/** Between two questions whether a starting Asterisk has its modules. */
const BOOT_POLL = Duration.millis(500)
/** Queues answer before the last module is loaded: so long Asterisk may still say that it has booted, if it tells this user at all. */
const BOOT_GRACE = Duration.seconds(1)

/** Asterisk was reached, but does not let this user in. */
export class AmiLoginError extends Data.TaggedError("AmiLoginError")<{
  readonly reason: "refused" | "timeout"
  /** What happened and what to check. Never the secret. */
  readonly message: string
}> {}

export interface AmiLink {
  /** Sends an action and waits for its answer; `Response: Error` is a failure. */
  readonly action: (name: string, headers?: ActionHeaders) => Effect.Effect<AmiMessage, AmiActionError>
  /** Sends an action that answers with a list, and waits for all of it. */
  readonly list: (name: string, headers?: ActionHeaders) => Effect.Effect<AmiList, AmiActionError>
  /** Whether Asterisk said that it is fully booted; it tells only those who may read the class `system`. */
  readonly saidBooted: () => boolean
  /** Tells Asterisk that we leave; nothing on a wire where somebody else signed in. */
  readonly logoff: Effect.Effect<void, AmiActionError>
  /** Waits for the end of the link; null: we ended it. */
  readonly closed: Effect.Effect<AmiTransportError | null>
}

export interface AmiLinkOptions {
  /** Names of the events that are wanted, in lower case; the others are dropped unread. */
  readonly interesting: ReadonlySet<string>
  /** Called in the reader with the events of one read: keep them and return. The callback does not throw. */
  readonly onEvents: (events: ReadonlyArray<AmiMessage>) => void
  readonly onState: (state: "authenticating" | "booting") => Effect.Effect<void>
  /** Begins each ActionID; no other client of this Asterisk may use the same. */
  readonly idPrefix: string
}

const refusedLogin = (settings: AmiSettings, said: string): AmiLoginError =>
  new AmiLoginError({
    reason: "refused",
    message:
      `Asterisk refused the login of '${settings.username}' (${said}). It does not say why: check that [${settings.username}] ` +
      "is in manager.conf, that its secret is the one given here, that its permit, deny and acl lines admit this machine, and that " +
      "'manager reload' was run since."
  })

const utf8 = new TextEncoder()

const login = Effect.fnUntraced(function* (settings: AmiSettings, send: Send) {
  const username: ActionHeaders[number] = ["Username", settings.username]
  if ((settings.authentication ?? defaultAmiSettings.authentication) === "plain") {
    return yield* send("Login", [username, ["Secret", Redacted.value(settings.secret)]])
  }
  const digest = yield* Digest.Digest
  const { response } = yield* send("Challenge", [["AuthType", "MD5"]])
  const challenge = response.get("Challenge") ?? ""
  const key = yield* digest.digestHex(Digest.md5, utf8.encode(challenge + Redacted.value(settings.secret)))
  return yield* send("Login", [["AuthType", "MD5"], username, ["Key", key]])
})

type Send = (name: string, headers: ActionHeaders, collects?: boolean) => Effect.Effect<AmiList, AmiActionError>

/** Sends actions over a wire; each has an ActionID of its own. */
const sender =
  (wire: AmiWire, pending: PendingActions, turns: Semaphore.Semaphore, nextId: () => string): Send =>
  (name, headers, collects = false) =>
    turns.withPermits(1)(
      Effect.suspend(() => {
        const id = nextId()
        const encoded = encodeAction([["Action", name], ...headers, ["ActionID", id]])
        if (Result.isFailure(encoded)) {
          return Effect.fail(new AmiActionError({ reason: "invalid", action: name, message: encoded.failure.message }))
        }
        const outcome = pending.add(id, name, collects)
        return wire.write(encoded.success).pipe(
          Effect.mapError((error) => new AmiActionError({ reason: "lost", action: name, message: error.message })),
          Effect.andThen(Deferred.await(outcome)),
          Effect.ensuring(Effect.sync(() => pending.remove(id)))
        )
      })
    )

const within = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  action: string,
  milliseconds: number
): Effect.Effect<A, E | AmiActionError, R> =>
  Effect.timeoutOrElse(effect, {
    duration: Duration.millis(milliseconds),
    orElse: () =>
      Effect.fail(
        new AmiActionError({
          reason: "timeout",
          action,
          message: `Asterisk did not answer ${action} within ${milliseconds} ms.`
        })
      )
  })

/** True when Asterisk answers, or denies the question: then nothing better can be learned. */
const answers = (ask: Effect.Effect<unknown, AmiActionError>): Effect.Effect<boolean> =>
  ask.pipe(
    Effect.as(true),
    Effect.catch((error) => Effect.succeed(error.reason === "denied" || error.reason === "refused"))
  )

/**
 * Opens a link, signs in and waits until Asterisk has booted. The scope's end closes the link.
 * A secret is never sent before the peer has greeted as Asterisk does, nor on a wire where somebody else has signed in.
 */
export const openAmiLink = Effect.fnUntraced(function* (
  given: AmiSettings,
  options: AmiLinkOptions
): Effect.fn.Return<AmiLink, AmiTransportError | AmiLoginError, AmiTransport | Digest.Digest | Scope.Scope> {
  const settings = { ...defaultAmiSettings, ...given }
  const transport = yield* AmiTransport
  const clock = yield* Clock.Clock
  const pending = new PendingActions()
  const booted = Deferred.makeUnsafe<void>()
  const closed = Deferred.makeUnsafe<AmiTransportError | null>()
  /** Milliseconds; not the time of day, which may be set meanwhile. */
  const now = (): number => Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n)
  let lastSeen = now()
  let silence: AmiTransportError | null = null
  let ids = 0

  const wire = yield* transport.open({
    onMessages: (messages) => {
      lastSeen = now()
      const events: Array<AmiMessage> = []
      let saysBooted = false
      for (const message of messages) {
        if (pending.offer(message)) continue
        const name = message.name.toLowerCase()
        saysBooted ||= name === "fullybooted"
        if (message.kind !== "event" || !options.interesting.has(name)) continue
        // read now, so that an event that waits does not hold the chunk it came in
        void message.headers
        events.push(message)
      }
      // from here on others may run
      if (saysBooted) Deferred.doneUnsafe(booted, Effect.void)
      if (events.length > 0) options.onEvents(events)
      pending.flush()
    },
    onClose: (error) => {
      const reason = silence ?? error
      pending.close(reason?.message ?? "The link to Asterisk was closed.")
      Deferred.doneUnsafe(closed, Effect.succeed(reason))
    }
  })

  const turns = Semaphore.makeUnsafe(settings.maxActions ?? defaultMaxActions(wire.encrypted))
  const send = sender(wire, pending, turns, () => `${options.idPrefix}-${++ids}`)
  const action: AmiLink["action"] = (name, headers = []) =>
    within(send(name, headers), name, settings.actionTimeout).pipe(Effect.map(({ response }) => response))
  const list: AmiLink["list"] = (name, headers = []) => within(send(name, headers, true), name, settings.listTimeout)

  const watch = Effect.gen(function* () {
    // out of turn: a Ping must not wait for the actions that a dead link leaves unanswered
    const ping = sender(wire, pending, Semaphore.makeUnsafe(1), () => `${options.idPrefix}-ping-${++ids}`)
    for (;;) {
      const asked = now()
      const quiet = asked - lastSeen
      if (quiet < settings.pingInterval) {
        yield* Effect.sleep(Duration.millis(settings.pingInterval - quiet))
        continue
      }
      yield* Effect.ignore(within(ping("Ping", []), "Ping", settings.pingTimeout))
      if (lastSeen >= asked) continue
      const seconds = Math.round((settings.pingInterval + settings.pingTimeout) / 1000)
      silence = new AmiTransportError({
        reason: "lost",
        message: `Asterisk at ${transport.label} has been silent for ${seconds} s and did not answer a Ping.`
      })
      wire.close()
      return
    }
  })

  const boot = Effect.gen(function* () {
    for (;;) {
      const core = yield* answers(action("CoreStatus"))
      if (core && (yield* answers(list("QueueStatus")))) return yield* Effect.sleep(BOOT_GRACE)
      yield* Effect.sleep(BOOT_POLL)
    }
  })

  const signIn = Effect.gen(function* () {
    if (!wire.greeting.startsWith(GREETING)) {
      wire.close()
      return yield* new AmiTransportError({
        reason: "not_ami",
        message: `What answers at ${transport.label} is not an Asterisk manager port: it does not greet with '${GREETING}'.`
      })
    }
    yield* options.onState("authenticating")
    yield* login(settings, send).pipe(
      Effect.timeoutOrElse({
        duration: Duration.millis(settings.loginTimeout),
        orElse: () =>
          Effect.fail(
            new AmiLoginError({
              reason: "timeout",
              message: `Asterisk at ${transport.label} did not answer the login within ${settings.loginTimeout} ms.`
            })
          )
      }),
      Effect.catchTag("AmiActionError", (error) => loginFailure(given, error))
    )
  })

  const shared = wire.authenticated === true
  if (!shared) yield* signIn
  yield* Effect.forkScoped(watch)
  if (!shared) yield* Effect.ignore(action("Events", [["EventMask", EVENT_MASK]]))
  yield* options.onState("booting")
  yield* Effect.raceFirst(Deferred.await(booted), boot).pipe(
    Effect.timeoutOrElse({
      duration: Duration.millis(settings.bootTimeout),
      orElse: () =>
        Effect.logWarning("ami boot not finished").pipe(
          Effect.annotateLogs({ pbx: transport.label, detail: "Asterisk is used as it is; queues may be missing." })
        )
    }),
    Effect.raceFirst(Effect.flatMap(Deferred.await(closed), (error) => Effect.fail(error ?? closedByUs(transport.label))))
  )
  return {
    action,
    list,
    logoff: shared ? Effect.void : Effect.asVoid(action("Logoff")),
    saidBooted: () => Deferred.isDoneUnsafe(booted),
    closed: Deferred.await(closed)
  }
})

const closedByUs = (label: string): AmiTransportError =>
  new AmiTransportError({ reason: "closed", message: `The link to Asterisk at ${label} was closed.` })

const loginFailure = (
  settings: AmiSettings,
  error: AmiActionError
): Effect.Effect<never, AmiTransportError | AmiLoginError> => {
  switch (error.reason) {
    case "lost":
    case "unavailable":
      return Effect.fail(new AmiTransportError({ reason: "lost", message: error.message }))
    case "invalid":
      return Effect.fail(new AmiLoginError({ reason: "refused", message: error.message }))
    default:
      return Effect.fail(refusedLogin(settings, error.message))
  }
}
