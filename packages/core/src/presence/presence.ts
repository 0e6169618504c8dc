/** Keeps everybody's presence. A change is one serialized step per user: validate, store, run the actions, publish. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Semaphore from "effect/Semaphore"
import { sameValue } from "../config/same_value.ts"
import { Settings } from "../config/settings.ts"
import { Directory, mainLine, type User } from "../directory/directory.ts"
import { monotonic } from "../monotonic.ts"
import { Notifier } from "../notify/notifier.ts"
import { contextOfUser } from "../parting/parting.ts"
import { Pbx } from "../telephony/pbx.ts"
import { type PresenceSet, Telephony } from "../telephony/telephony.ts"
import { actionsLate, makeActionRunner } from "./action_runner.ts"
import { type ActionEnd, beginChange, type ChangeEvent, type ConfiguredAction, changeStep } from "./change.ts"
import { meantAtPhone } from "./phone_presence.ts"
import { makePresenceAtPhones } from "./presence_at_phones.ts"
import { PresenceEnds } from "./presence_ends.ts"
import { initialPresence, type PresenceEvent, type PresenceOutcome, type PresenceState } from "./presence_event.ts"
import { DISCONNECTED, type PresenceGroup } from "./presence_group.ts"
import { PresenceIdle } from "./presence_idle.ts"
import { PresenceOnPhone } from "./presence_on_phone.ts"
import { noTerms, type ToldTerms, toldTerms } from "./presence_terms.ts"
import { transition } from "./transition.ts"

/** Presence changes, by what came of them. */
const changes = Metric.counter("ctid_presence_changes", { description: "Presence changes published", incremental: true })
const refusals = Metric.counter("ctid_presence_refusals", {
  description: "Presence changes refused as unreachable",
  incremental: true
})

/** Of a user without a profile, who cannot sign in. */
const noGroup: PresenceGroup = {
  name: "",
  presences: new Map([[DISCONNECTED, { name: DISCONNECTED, longName: "", color: "", allowed: null, actions: [] }]])
}

interface Entry {
  state: PresenceState
  /** The group in which `state` was judged last. */
  group: PresenceGroup
  readonly turn: Semaphore.Semaphore
}

export class Presence extends Context.Service<
  Presence,
  {
    /** The present presence of a user. */
    readonly get: (userId: number) => string
    /** What he said with it. */
    readonly terms: (userId: number) => ToldTerms
    /** He does something at a client, besides choosing a presence. */
    readonly active: (userId: number) => void
    /** Whether he has a session. */
    readonly connected: (userId: number) => boolean
    /**
     * One event in the life of a user. Ends when the change is published (or refused). Events of one user take effect in the order in
     * which their effects were started; all actions of a change together take `actionTimeout` at most.
     */
    readonly apply: (userId: number, event: PresenceEvent) => Effect.Effect<PresenceOutcome["_tag"]>
    /**
     * A connection has ended that was authenticated as he, and had not signed in: to him who has no session it is the last one, which is
     * lost (reference 2.9). In turn, as `apply`.
     */
    readonly abandoned: (userId: number, connection: number) => Effect.Effect<void>
    /**
     * The directory is another one: users who are gone are forgotten, and who has a presence that his group lacks gets another one,
     * which is announced. Ends when all is published.
     */
    readonly adopt: Effect.Effect<void>
  }
>()("@ctid/core/Presence") {
  static readonly layer: Layer.Layer<Presence, never, Settings | Directory | Telephony | Pbx | Notifier> = Layer.effect(
    Presence,
    Effect.gen(function* () {
      const settings = yield* Settings
      const directory = yield* Directory
      const telephony = yield* Telephony
      const pbx = yield* Pbx
      const notifier = yield* Notifier
      const scope = yield* Effect.scope
      const clock = yield* Clock.Clock
      const now = monotonic(clock)
      const runAction = makeActionRunner({ directory, telephony, pbx })
      const entries = new Map<number, Entry>()

      const groupOf = (user: User): PresenceGroup => {
        const { presenceGroups, profiles } = directory.current()
        const profile = user.profileId === null ? undefined : profiles.get(user.profileId)
        return (profile === undefined ? undefined : presenceGroups.get(profile.presenceGroup)) ?? noGroup
      }

      const entryOf = (user: User): Entry => {
        let entry = entries.get(user.id)
        if (entry === undefined) {
          entry = { state: initialPresence, group: groupOf(user), turn: Semaphore.makeUnsafe(1) }
          entries.set(user.id, entry)
        }
        return entry
      }

      const phones = makePresenceAtPhones({
        directory: directory.current,
        telephony,
        groupOf,
        presentOf: (userId) => {
          const state = entries.get(userId)?.state ?? initialPresence
          return { presence: state.presence, note: state.terms?.note ?? "" }
        },
        scope
      })

      /** With separation on, a user without line does nothing (reference 6.4). */
      const mayAct = (user: User): boolean =>
        !settings.current().contextSeparation || contextOfUser(directory.current(), user) !== null

      const begin = ({ id }: User, action: ConfiguredAction): Effect.Effect<Fiber.Fiber<ActionEnd>> =>
        Effect.forkIn(runAction(id, action), scope, { startImmediately: true })

      /** Runs one action until it ends or the time of the change is over; then it goes on by itself. */
      const act = (user: User, action: ConfiguredAction, deadline: number): Effect.Effect<ChangeEvent> =>
        Effect.flatMap(begin(user, action), (running) =>
          Fiber.join(running).pipe(
            Effect.map((end): ChangeEvent => ({ _tag: "ActionEnded", end })),
            Effect.timeoutOrElse({
              duration: Duration.millis(Math.max(0, deadline - now())),
              orElse: () => Effect.as(actionsLate(user), { _tag: "DeadlinePassed" } as const)
            })
          )
        )

      /** Whether it is to be published: his actions have run, or are left to themselves. */
      const runActions = Effect.fnUntraced(function* (user: User, entry: Entry, actions: ReadonlyArray<ConfiguredAction>) {
        const deadline = now() + settings.current().actionTimeout
        let change = beginChange(mayAct(user) ? actions : [])
        while (change._tag === "Acting") {
          const event = yield* act(user, change.action, deadline)
          change = changeStep(change, entries.get(user.id) === entry ? event : { _tag: "UserGone" })
        }
        if (change._tag === "Dropped") return false
        for (const action of change.rest) yield* begin(user, action)
        return true
      })

      /** In the name of the agent that he is by then. */
      const logToQueue = (userId: number, presence: string): Effect.Effect<void> => {
        const { agents, users } = directory.current()
        const user = users.get(userId)
        const agent = agents.get(user?.agentId ?? Number.NaN)
        if (user === undefined || agent === undefined || !mayAct(user)) return Effect.void
        return telephony
          .logPresence(agent, presence)
          .pipe(
            Effect.catch((error) =>
              Effect.logDebug("presence not written to the queue log").pipe(
                Effect.annotateLogs({ user: user.login, reason: error.reason, detail: error.message })
              )
            )
          )
      }

      /** One step of a user in his turn: judged, stored, done and published. */
      const applyNow = Effect.fnUntraced(function* (entry: Entry, user: User, event: PresenceEvent) {
        const outcome = transition(groupOf(user), settings.current(), entry.state, event)
        if (outcome._tag === "Refused") {
          yield* Metric.update(refusals, 1)
          yield* Effect.logInfo("presence refused").pipe(
            Effect.annotateLogs({ user: user.login, from: outcome.from, to: outcome.to })
          )
          return outcome._tag
        }
        const [said, says] = [toldTerms(entry.state.terms), toldTerms(outcome.state.terms)]
        entry.state = outcome.state
        yield* ends.follow(user.id, outcome.state.terms)
        if (outcome._tag === "Unchanged") return outcome._tag
        if (!(yield* runActions(user, entry, outcome.actions))) return "Unchanged" as const
        notifier.presence(user.id, outcome.to)
        if (!sameValue([said, says], [noTerms, noTerms])) notifier.presenceTerms(user.id, says)
        yield* Metric.update(changes, 1)
        yield* Effect.logInfo("presence").pipe(
          Effect.annotateLogs({ user: user.login, from: outcome.from, to: outcome.to, cause: event._tag })
        )
        yield* phones.show(user.id)
        // nobody waits for the queue log
        yield* Effect.forkIn(logToQueue(user.id, outcome.to), scope, { startImmediately: true })
        return outcome._tag
      })

      /** Null: a reload removed him while this waited for its turn. */
      const stillDeclared = (entry: Entry, userId: number): User | null =>
        entries.get(userId) === entry ? (directory.current().users.get(userId) ?? null) : null

      /** A reload that gave him another group comes before what waits for its turn: nothing is judged from a presence that is gone. */
      const regroup = Effect.fnUntraced(function* (entry: Entry, userId: number) {
        const user = stillDeclared(entry, userId)
        if (user === null || entry.group === groupOf(user)) return
        const before = entry.group
        entry.group = groupOf(user)
        yield* applyNow(entry, user, { _tag: "Regrouped", before })
      })

      const applyInTurn = Effect.fnUntraced(function* (entry: Entry, userId: number, event: PresenceEvent) {
        yield* regroup(entry, userId)
        const user = stillDeclared(entry, userId)
        return user === null ? ("Unchanged" as const) : yield* applyNow(entry, user, event)
      })

      /** Begun in the order of the calls; in a fiber of its own: a change that has begun is finished, even if its caller is interrupted. */
      const inTurn = <A>(entry: Entry, change: Effect.Effect<A>): Effect.Effect<A> =>
        entry.turn
          .withPermits(1)(change)
          .pipe(Effect.forkIn(scope, { startImmediately: true }), Effect.flatMap(Fiber.join))

      /** A change like one that a client asked for. Whatever comes of it, phones are told what it is now. */
      const setAtPhone = ({ lineId, ...set }: PresenceSet): Effect.Effect<void> =>
        Effect.suspend(() => {
          const { lines, users } = directory.current()
          const user = users.get(lines.get(lineId)?.userId ?? Number.NaN)
          if (user === undefined || mainLine(directory.current(), user)?.id !== lineId) return Effect.void
          const entry = entryOf(user)
          idle.active(user.id)
          return inTurn(
            entry,
            Effect.suspend(() => {
              const presence = meantAtPhone(groupOf(user), entry.state.presence, set)
              return presence === null
                ? Effect.succeed("Unchanged" as const)
                : applyInTurn(entry, user.id, { _tag: "Requested", presence })
            }).pipe(Effect.flatMap((outcome) => (outcome === "Changed" ? Effect.void : phones.show(user.id))))
          )
        })

      const applyIn = (user: User, event: PresenceEvent): Effect.Effect<PresenceOutcome["_tag"]> => {
        const entry = entryOf(user)
        return inTurn(entry, applyInTurn(entry, user.id, event))
      }

      const ends = new PresenceEnds({
        clock,
        scope,
        expire: (userId, until) =>
          Effect.suspend(() => {
            const user = directory.current().users.get(userId)
            if (user === undefined) return Effect.void
            return Effect.flatMap(applyIn(user, { _tag: "Expired", until }), (outcome) =>
              outcome === "Changed" ? findAgain(userId) : Effect.void
            )
          })
      })
      const onPhone = new PresenceOnPhone({
        directory: directory.current,
        groupOf,
        phone: (lineId) => pbx.state.phone(lineId),
        active: (userId) => idle.active(userId),
        apply: (user, event) => Effect.asVoid(applyIn(user, event))
      })

      const idle = new PresenceIdle({
        now,
        scope,
        directory: directory.current,
        groupOf,
        connected: () => [...entries].flatMap(([userId, { state }]) => (state.sessions.size > 0 ? [userId] : [])),
        talks: (user) => onPhone.talks(user),
        apply: (user, event) => Effect.asVoid(applyIn(user, event))
      })

      /** His presence has ended without him: he may be on the phone still, or do nothing. */
      const findAgain = (userId: number): Effect.Effect<void> =>
        Effect.suspend(() => {
          idle.again(userId)
          return onPhone.again(userId)
        })

      yield* phones.showAll
      yield* idle.adopt
      pbx.onPhone((lineId) => onPhone.phone(lineId))
      yield* pbx.onPresenceSet(setAtPhone)

      return Presence.of({
        get: (userId) => entries.get(userId)?.state.presence ?? DISCONNECTED,
        terms: (userId) => toldTerms(entries.get(userId)?.state.terms),
        connected: (userId) => (entries.get(userId)?.state.sessions.size ?? 0) > 0,
        apply: (userId, event) =>
          Effect.suspend(() => {
            const user = directory.current().users.get(userId)
            if (user === undefined) return Effect.succeed("Unchanged" as const)
            if (event._tag === "LoggedIn" || event._tag === "Requested") idle.active(userId)
            return applyIn(user, event)
          }),
        abandoned: (userId, connection) =>
          Effect.suspend(() => {
            const entry = entries.get(userId)
            if (entry === undefined) return Effect.void
            const end = Effect.suspend(() => {
              const { presence, sessions } = entry.state
              if (sessions.size > 0 || presence === DISCONNECTED) return Effect.void
              entry.state = { ...entry.state, sessions: new Set([connection]) }
              return Effect.asVoid(applyInTurn(entry, userId, { _tag: "LinkLost", session: connection }))
            })
            return inTurn(entry, end)
          }),
        active: (userId) => idle.active(userId),
        adopt: Effect.suspend(() => {
          const gone: Array<number> = []
          const lacking: Array<readonly [userId: number, entry: Entry]> = []
          for (const [userId, entry] of [...entries]) {
            const user = directory.current().users.get(userId)
            if (user === undefined) gone.push(userId)
            else if (!groupOf(user).presences.has(entry.state.presence)) lacking.push([userId, entry])
            else entry.group = groupOf(user)
          }
          for (const userId of gone) entries.delete(userId)
          return Effect.forEach(gone, (userId) => ends.follow(userId, undefined), { discard: true }).pipe(
            Effect.andThen(
              Effect.forEach(
                lacking,
                ([userId, entry]) => Effect.andThen(inTurn(entry, regroup(entry, userId)), findAgain(userId)),
                {
                  concurrency: "unbounded",
                  discard: true
                }
              )
            ),
            Effect.andThen(phones.showAll),
            Effect.andThen(onPhone.adopt),
            Effect.andThen(idle.adopt)
          )
        })
      })
    })
  )
}
