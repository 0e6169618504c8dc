/** The Telephony door over AMI: one session, the picture it keeps, the operations it sends. */
import { type Agent, Directory, type DirectorySnapshot, deviceKey, type Line } from "@ctid/core/directory/directory"
import { type Outcome, Telephony, TelephonyError, type TelephonyEvent } from "@ctid/core/telephony/telephony"
import * as Cause from "effect/Cause"
import type * as Digest from "effect/crypto/Digest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Semaphore from "effect/Semaphore"
import { AgentOperations, phoneTaken } from "./agent_operations.ts"
import type { AmiActionError } from "./ami_action.ts"
import type { AmiMessage } from "./ami_message.ts"
import { type AmiSession, makeAmiSession } from "./ami_session.ts"
import type { AmiTransport } from "./ami_transport.ts"
import { EventFeed } from "./event_feed.ts"
import { LinePresences } from "./line_presences.ts"
import { LineServicesKeeper } from "./line_services.ts"
import { makeComplaints, readLists, readMembers } from "./pbx_lists.ts"
import { INTERESTING, PbxPicture } from "./pbx_picture.ts"
import { isAway, makeShowPresence } from "./show_presence.ts"
import {
  defaultPollInterval,
  defaultResyncInterval,
  defaultTemplates,
  type TelephonySettings,
  type TelephonyTemplates
} from "./telephony_settings.ts"
import { type Wish, Wishes } from "./wishes.ts"

/** Wishes that waited and are granted at the same time. */
const GRANTED_AT_ONCE = 32

const linkUp: TelephonyEvent = { _tag: "LinkChanged", state: "up" }
const linkDown: TelephonyEvent = { _tag: "LinkChanged", state: "down" }

const telephonyError = (operation: string, error: AmiActionError): TelephonyError => {
  const { reason: said } = error
  const reason = said === "timeout" || said === "invalid" || said === "taken" ? said : isAway(error) ? "unavailable" : "refused"
  return new TelephonyError({ reason, operation, message: error.message })
}

const make = Effect.fnUntraced(function* (settings: TelephonySettings) {
  const directory = yield* Directory
  const scope = yield* Effect.scope
  const templates: TelephonyTemplates = { ...defaultTemplates, ...settings.templates }
  const complain = makeComplaints()
  const picture = new PbxPicture(directory.current)
  const services = new LineServicesKeeper({ directory: directory.current, templates, complain })
  const presences = new LinePresences({ templates, complain })
  const wishes = new Wishes()
  const feed = new EventFeed(() => [...picture.all(), ...services.all(), ...presences.all(), ...(up ? [linkUp] : [])])
  let up = false

  /** Tries to do what is wished. It stays a wish while nobody knows whether it was done. */
  const grant = (wish: Wish): Effect.Effect<Outcome, TelephonyError> =>
    wish.run.pipe(
      // stopped, or broken by a mistake: nobody knows whether it was done
      Effect.onError((cause) => (Cause.hasFails(cause) ? Effect.void : Effect.sync(() => wishes.happens(wish, "away")))),
      Effect.map((): Outcome => {
        // an older one, which had no answer, is yet to be asked for: nobody knows whether this is so after it
        wishes.happens(wish, wishes.before(wish).length > 0 ? "silence" : "done")
        return "done"
      }),
      Effect.catch((error): Effect.Effect<Outcome, TelephonyError> => {
        const away = isAway(error)
        wishes.happens(wish, away ? "away" : error.reason === "timeout" ? "silence" : "refused")
        return away ? Effect.succeed("deferred") : Effect.fail(telephonyError(wish.operation, error))
      })
    )

  /** While those that waited are being granted: the ones that are, or were. Null: none are. */
  let granting: Set<Wish> | null = null

  const grantLate = (wish: Wish): Effect.Effect<unknown> =>
    Effect.suspend(() => {
      // another one may have taken its place meanwhile
      if (!wishes.isWaiting(wish)) return Effect.void
      wishes.happens(wish, "back")
      return Effect.catch(grant(wish), (error) =>
        Effect.logWarning("waiting change failed").pipe(
          Effect.annotateLogs({ operation: wish.operation, reason: error.reason, detail: error.message })
        )
      )
    })

  /** Grants the wishes that wait, each once, those of one line or agent in their order; answers whether there were any. */
  const grantWaiting = Effect.fnUntraced(function* (granted: Set<Wish>) {
    const waiting = wishes.waiting().filter((wish) => !granted.has(wish))
    for (const wish of waiting) granted.add(wish)
    yield* Effect.forEach(waiting, grantLate, { concurrency: GRANTED_AT_ONCE, discard: true })
    return waiting.length > 0
  })

  /** Writes what waits, asks for everything, tells it. On a new link this ends with the link being up. */
  const askEverything = Effect.fnUntraced(function* (session: AmiSession) {
    const link = session.link()
    const same = (): boolean => session.link() === link && session.state() === "ready"
    const granted = new Set<Wish>()
    yield* readMembers(session, picture.members, complain)
    granting = granted
    if (yield* grantWaiting(granted)) yield* readMembers(session, picture.members, complain)
    const lists = yield* readLists(session, directory.current().data.voicemails.length > 0, complain)
    if (!same()) return
    yield* feed.publish(picture.replace(lists))
    const readServices = Effect.flatMap(services.readAll(session, "everything"), (events) => feed.publish(events))
    const readPresences = Effect.andThen(
      presences.read(session),
      Effect.suspend(() => feed.publish(presences.news()))
    )
    const writePresences = Effect.suspend(() => (same() ? presences.writeAll(session) : Effect.void))
    if (up) {
      // events need not wait for it
      yield* Effect.forkIn(readServices, scope)
      yield* Effect.forkIn(Effect.andThen(readPresences, writePresences), scope)
      return
    }
    yield* readServices
    yield* readPresences
    for (;;) {
      yield* grantWaiting(granted)
      if (!same()) return
      // in one step: from here on nothing waits
      if (wishes.waiting().every((wish) => granted.has(wish))) break
    }
    up = true
    yield* feed.publish([linkUp])
    yield* Effect.forkIn(writePresences, scope)
  })

  const resync = (session: AmiSession): Effect.Effect<void> =>
    Effect.ensuring(
      askEverything(session),
      Effect.sync(() => {
        granting = null
      })
    )

  /** Lines whose services are being read; true: read them once more after that. */
  const rereads = new Map<string, boolean>()

  /** A lamp changed: reads what it stands for. */
  const reread = (session: AmiSession, device: string): Effect.Effect<void> => {
    const place = services.names.byDevice.get(deviceKey(device))
    if (place === undefined || !up) return Effect.void
    const key = `${place.line.id} ${place.services[0] ?? ""}`
    if (rereads.has(key)) {
      rereads.set(key, true)
      return Effect.void
    }
    const read: Effect.Effect<void> = Effect.suspend(() => {
      rereads.set(key, false)
      return services.readLine(session, place.line, place.services).pipe(
        Effect.flatMap((events) => feed.publish(events)),
        Effect.catch(complain),
        Effect.andThen(Effect.suspend(() => (rereads.get(key) === true ? read : Effect.void)))
      )
    })
    return Effect.asVoid(
      Effect.forkIn(
        Effect.ensuring(
          read,
          Effect.sync(() => rereads.delete(key))
        ),
        scope
      )
    )
  }

  const onEvent = Effect.fnUntraced(function* (session: AmiSession, event: AmiMessage) {
    yield* feed.publish(picture.apply(event))
    const name = event.name.toLowerCase()
    if (name === "devicestatechange") yield* reread(session, event.get("Device") ?? "")
    else if (name === "presencestatechange") {
      presences.changed(event)
      // before that, the reading tells it
      if (up) yield* feed.publish(presences.news())
    }
    // hints, queues and voicemails may be others now
    else if (name === "reload" || name === "fullybooted") session.resync()
  })

  const session = yield* makeAmiSession(settings.ami, {
    interesting: INTERESTING,
    onSignal: (signal, of) =>
      Effect.suspend(() => {
        switch (signal._tag) {
          case "Event":
            return onEvent(of, signal.event)
          case "Ready":
          case "Resync":
            return of.state() === "ready" ? resync(of) : Effect.void
          case "Lost": {
            presences.lost()
            if (!up) return Effect.void
            up = false
            return feed.publish([linkDown])
          }
        }
      })
  })

  const isUp = (): boolean => up && session.state() === "ready"

  yield* Effect.forkScoped(
    Effect.forever(
      Effect.andThen(
        Effect.sleep(Duration.millis(settings.resyncInterval ?? defaultResyncInterval)),
        Effect.sync(() => session.resync())
      )
    )
  )
  yield* Effect.forkScoped(
    Effect.forever(
      Effect.andThen(
        Effect.sleep(Duration.millis(settings.pollInterval ?? defaultPollInterval)),
        Effect.suspend(() =>
          isUp() ? Effect.flatMap(services.readAll(session, "changes"), (events) => feed.publish(events)) : Effect.void
        )
      )
    )
  )

  const agents = new AgentOperations(session, picture.members, templates)
  const turns = new Map<number, Semaphore.Semaphore>()

  /** What is done to one agent is done in the order in which it was asked for. */
  const inTurn = <A, E>(agentId: number, effect: Effect.Effect<A, E>): Effect.Effect<A, E> => {
    let turn = turns.get(agentId)
    if (turn === undefined) {
      turn = Semaphore.makeUnsafe(1)
      turns.set(agentId, turn)
    }
    return turn.withPermits(1)(effect)
  }

  /** Not for somebody else who has this number now: a wish may have waited longer than its line, or its agent, was declared so. */
  const stillMeant = (isMeant: (now: DirectorySnapshot) => boolean, run: Effect.Effect<void, AmiActionError>): typeof run =>
    Effect.suspend(() =>
      isMeant(directory.current()) ? run : Effect.logDebug("waiting change dropped, its line or agent is gone")
    )

  const isSameLine =
    ({ id, device, number, context, userId }: Line) =>
    ({ lines }: DirectorySnapshot): boolean => {
      const line = lines.get(id)
      return line?.device === device && line.number === number && line.context === context && line.userId === userId
    }

  /** Asterisk knows an agent by his number: that is still his, or nobody's, who is to be logged off all the same. */
  const ofAgent = ({ id, number }: Agent, run: Effect.Effect<void, AmiActionError>): typeof run =>
    inTurn(
      id,
      stillMeant(({ agentsByNumber }) => (agentsByNumber.get(number)?.id ?? id) === id, run)
    )

  /** The last wish of each key. Once begun it is finished, even if the caller does not wait. */
  const perform = (
    operation: string,
    key: string,
    run: Effect.Effect<void, AmiActionError>,
    { replaces = null, ...more }: { readonly replaces?: string | null } & Pick<Wish, "agentId" | "login"> = {}
  ): Effect.Effect<Outcome, TelephonyError> =>
    Effect.suspend(() => {
      const wish: Wish = { key, operation, run, ...more }
      const isThere = isUp() || granting !== null
      wishes.add(wish, isThere ? "asked" : "waiting", replaces)
      if (!isThere) return Effect.succeed<Outcome>("deferred")
      // behind those that waited it would have no turn while others keep coming
      granting?.add(wish)
      const begin = <A, E>(effect: Effect.Effect<A, E>) => Effect.forkIn(effect, scope, { startImmediately: true })
      // older ones of the same agent that wait take their turn before it
      const older = Effect.forEach(wishes.before(wish), (one) => begin(grantLate(one)), { discard: true })
      return Effect.flatMap(begin(Effect.andThen(older, grant(wish))), Fiber.join)
    })

  const showPresence = makeShowPresence({
    ami: session,
    presences,
    isUp,
    resync: () => session.resync(),
    publish: (events) => feed.publish(events)
  })

  /** What makes no sense later. */
  const atOnce = <A>(operation: string, run: Effect.Effect<A, AmiActionError>): Effect.Effect<A, TelephonyError> =>
    Effect.suspend(() =>
      isUp()
        ? Effect.mapError(run, (error) => telephonyError(operation, error))
        : Effect.fail(
            new TelephonyError({
              reason: "unavailable",
              operation,
              message: `Asterisk at ${session.label} is out of reach: ${operation} cannot wait for it.`
            })
          )
    )

  return Telephony.of({
    setDoNotDisturb: (line, on) =>
      perform(
        "setDoNotDisturb",
        `line ${line.id} doNotDisturb`,
        stillMeant(isSameLine(line), services.setDoNotDisturb(session, line, on))
      ),
    setForward: (line, kind, forward) =>
      perform(
        "setForward",
        `line ${line.id} ${kind}`,
        stillMeant(isSameLine(line), services.setForward(session, line, kind, forward))
      ),
    setPresence: (line, shown) =>
      showPresence(line, shown).pipe(
        Effect.mapError((error) => telephonyError("setPresence", error)),
        // once begun it is finished, even if the caller does not wait
        Effect.forkIn(scope, { startImmediately: true }),
        Effect.flatMap(Fiber.join)
      ),
    agentLogin: (agent, line) =>
      Effect.suspend(() => {
        const other = wishes.agentFor(line.device, agent.id)
        if (other !== undefined) {
          return Effect.fail(telephonyError("agentLogin", phoneTaken(agent, line.device, `agent ${other.number}`)))
        }
        return perform(
          "agentLogin",
          `agent ${agent.id} login`,
          stillMeant(
            (now) => now.agents.get(agent.id)?.number === agent.number && isSameLine(line)(now),
            inTurn(agent.id, agents.login(agent, line))
          ),
          { replaces: `agent ${agent.id} pause `, agentId: agent.id, login: { agent, line } }
        )
      }),
    agentLogoff: (agent) =>
      perform("agentLogoff", `agent ${agent.id} login`, ofAgent(agent, agents.logoff(agent)), {
        replaces: `agent ${agent.id} `,
        agentId: agent.id
      }),
    pauseAgent: (agent, queue, paused) =>
      perform("pauseAgent", `agent ${agent.id} pause ${queue ?? "*"}`, ofAgent(agent, agents.pause(agent, queue, paused)), {
        replaces: queue === null ? `agent ${agent.id} pause ` : null,
        agentId: agent.id
      }),
    queueAdd: (agent, queue, penalty) =>
      perform("queueAdd", `agent ${agent.id} queue ${queue}`, ofAgent(agent, agents.add(agent, queue, penalty)), {
        agentId: agent.id
      }),
    queueRemove: (agent, queue) =>
      perform("queueRemove", `agent ${agent.id} queue ${queue}`, ofAgent(agent, agents.remove(agent, queue)), {
        agentId: agent.id
      }),
    logPresence: (agent, presence) => atOnce("logPresence", agents.logPresence(agent, presence)),
    listen: (listener, agent) => atOnce("listen", agents.listen(listener, agent)),
    refresh: Effect.sync(() => (session.state() === "ready" ? session.resync() : session.reconnect())),
    askMember: (queue, member) =>
      atOnce(
        "askMember",
        Effect.flatMap(
          session.list("QueueStatus", [
            ["Queue", queue],
            ["Member", member]
          ]),
          ({ items }) => feed.publish(items.flatMap((item) => picture.apply(item)))
        )
      ),
    runCommand: (command) =>
      atOnce(
        "runCommand",
        Effect.map(session.action("Command", [["Command", command]]), (answer) => answer.all("Output"))
      ),
    isUp,
    events: feed.stream
  })
})

export const AmiTelephony: {
  /** A Telephony that keeps a session with an Asterisk; it is built at once, and up when Asterisk has been reached and asked. */
  readonly layer: (settings: TelephonySettings) => Layer.Layer<Telephony, never, AmiTransport | Directory | Digest.Digest>
} = {
  layer: (settings) => Layer.effect(Telephony, make(settings))
}
