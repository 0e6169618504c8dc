/** Keeps everybody's presence. A change is one serialized step per user: validate, store, run the actions, publish. */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Semaphore from "effect/Semaphore"
import { Settings } from "../config/settings.ts"
import { type Agent, Directory, type DirectorySnapshot, type User } from "../directory/directory.ts"
import { Notifier } from "../notify/notifier.ts"
import { contextOfUser } from "../parting/parting.ts"
import { Pbx } from "../telephony/pbx.ts"
import { Telephony, type TelephonyError } from "../telephony/telephony.ts"
import { type PresenceAction, readAction } from "./action.ts"
import { DISCONNECTED, type Presence as PresenceDefinition, type PresenceGroup } from "./presence_group.ts"
import {
  initialPresence,
  type PresenceEvent,
  type PresenceOutcome,
  type PresenceState,
  replacement,
  transition
} from "./transition.ts"

/** Presence changes, by what came of them. */
const changes = Metric.counter("ctid_presence_changes", { description: "Presence changes published", incremental: true })
const refusals = Metric.counter("ctid_presence_refusals", {
  description: "Presence changes refused as unreachable",
  incremental: true
})
const failures = Metric.counter("ctid_presence_action_failures", {
  description: "Actions of presence changes that failed or were late",
  incremental: true
})

/** Of a user without a profile, who cannot sign in. */
const noGroup: PresenceGroup = {
  name: "",
  presences: new Map([[DISCONNECTED, { name: DISCONNECTED, longName: "", color: "", allowed: null, actions: [] }]])
}

interface Entry {
  state: PresenceState
  readonly turn: Semaphore.Semaphore
}

export class Presence extends Context.Service<
  Presence,
  {
    /** The present presence of a user. */
    readonly get: (userId: number) => string
    /** Whether he has a session. */
    readonly connected: (userId: number) => boolean
    /**
     * One event in the life of a user. Ends when the change is published (or refused). Events of one user take effect in the order in
     * which their effects were started; all actions of a change together take `actionTimeout` at most.
     */
    readonly apply: (userId: number, event: PresenceEvent) => Effect.Effect<PresenceOutcome["_tag"]>
    /**
     * The directory is another than `before`: users who are gone are forgotten, and who has a presence that his group lacks gets
     * another one, which is announced. Ends when all is published.
     */
    readonly adopt: (before: DirectorySnapshot) => Effect.Effect<void>
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
      const entries = new Map<number, Entry>()

      const entryOf = (userId: number): Entry => {
        let entry = entries.get(userId)
        if (entry === undefined) {
          entry = { state: initialPresence, turn: Semaphore.makeUnsafe(1) }
          entries.set(userId, entry)
        }
        return entry
      }

      const groupOf = (user: User, snapshot = directory.current()): PresenceGroup => {
        const profile = user.profileId === null ? undefined : snapshot.profiles.get(user.profileId)
        return (profile === undefined ? undefined : snapshot.presenceGroups.get(profile.presenceGroup)) ?? noGroup
      }

      const agentOf = (user: User): Agent | undefined =>
        user.agentId === null ? undefined : directory.current().agents.get(user.agentId)

      /** With separation on, a user without line does nothing (reference 6.4). */
      const mayAct = (user: User): boolean =>
        !settings.current().contextSeparation || contextOfUser(directory.current(), user) !== null

      const run = (user: User, action: PresenceAction): Effect.Effect<void, TelephonyError> => {
        const snapshot = directory.current()
        switch (action._tag) {
          case "DoNotDisturb": {
            const lines = user.lineIds.flatMap((id) => snapshot.lines.get(id) ?? [])
            return Effect.forEach(lines, (line) => telephony.setDoNotDisturb(line, action.on), { discard: true }).pipe(
              Effect.andThen(Effect.sync(() => pbx.setServices(user.id, { doNotDisturb: action.on })))
            )
          }
          case "PauseAll": {
            const agent = agentOf(user)
            return agent === undefined ? Effect.void : Effect.asVoid(telephony.pauseAgent(agent, null, action.paused))
          }
          case "AgentLogoff": {
            const agent = agentOf(user)
            return agent === undefined ? Effect.void : Effect.asVoid(telephony.agentLogoff(agent))
          }
        }
      }

      /** Each in turn; one that fails does not keep the next from running. */
      const runActions = (user: User, actions: PresenceDefinition["actions"]): Effect.Effect<void> =>
        Effect.forEach(
          actions,
          ([name, parameter]) => {
            const action = readAction(name, parameter)
            if (action === "unknown")
              return Effect.logDebug("unknown presence action skipped").pipe(Effect.annotateLogs({ action: name }))
            if (action === "without_effect") {
              return Effect.logDebug("presence action without effect skipped").pipe(Effect.annotateLogs({ action: name }))
            }
            return run(user, action).pipe(
              Effect.catch((error) =>
                Effect.andThen(
                  Metric.update(failures, 1),
                  Effect.logWarning("presence action failed").pipe(
                    Effect.annotateLogs({ user: user.login, action: name, reason: error.reason, detail: error.message })
                  )
                )
              )
            )
          },
          { discard: true }
        ).pipe(
          Effect.timeoutOrElse({
            duration: Duration.millis(settings.current().actionTimeout),
            orElse: () =>
              Effect.andThen(
                Metric.update(failures, 1),
                Effect.logWarning("presence actions late").pipe(Effect.annotateLogs({ user: user.login }))
              )
          })
        )

      const logToQueue = (user: User, presence: string): Effect.Effect<void> => {
        const agent = agentOf(user)
        if (agent === undefined) return Effect.void
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

      const applyNow = Effect.fnUntraced(function* (entry: Entry, userId: number, event: PresenceEvent) {
        const user = directory.current().users.get(userId)
        if (user === undefined) return "Unchanged" as const
        const outcome = transition(groupOf(user), settings.current(), entry.state, event)
        if (outcome._tag === "Refused") {
          yield* Metric.update(refusals, 1)
          yield* Effect.logInfo("presence refused").pipe(
            Effect.annotateLogs({ user: user.login, from: outcome.from, to: outcome.to })
          )
          return outcome._tag
        }
        entry.state = outcome.state
        if (outcome._tag === "Unchanged") return outcome._tag
        if (outcome.actions.length > 0 && mayAct(user)) {
          yield* runActions(user, outcome.actions)
          // a reload removed him meanwhile
          if (entries.get(userId) !== entry) return "Unchanged" as const
        }
        notifier.presence(userId, outcome.to)
        yield* Metric.update(changes, 1)
        yield* Effect.logInfo("presence").pipe(
          Effect.annotateLogs({ user: user.login, from: outcome.from, to: outcome.to, cause: event._tag })
        )
        if (mayAct(user)) yield* logToQueue(user, outcome.to)
        return outcome._tag
      })

      /** Begun in the order of the calls; in a fiber of its own: a change that has begun is finished, even if its caller is interrupted. */
      const inTurn = <A>(entry: Entry, change: Effect.Effect<A>): Effect.Effect<A> =>
        entry.turn
          .withPermits(1)(change)
          .pipe(Effect.forkIn(scope, { startImmediately: true }), Effect.flatMap(Fiber.join))

      /** What a user gets for a presence that his group lacks; null: it does not. */
      const lacked = (userId: number, entry: Entry, before: DirectorySnapshot): string | null => {
        const [then, user] = [before.users.get(userId), directory.current().users.get(userId)]
        if (user === undefined) return null
        const groupThen = then === undefined ? noGroup : groupOf(then, before)
        return replacement(groupThen, groupOf(user), settings.current(), entry.state.presence)
      }

      const impose = (entry: Entry, userId: number, before: DirectorySnapshot): Effect.Effect<void> =>
        Effect.suspend(() => {
          // looked at again: he may have chosen another one while this waited for its turn
          const presence = lacked(userId, entry, before)
          return presence === null ? Effect.void : Effect.asVoid(applyNow(entry, userId, { _tag: "Imposed", presence }))
        })

      return Presence.of({
        get: (userId) => entries.get(userId)?.state.presence ?? DISCONNECTED,
        connected: (userId) => (entries.get(userId)?.state.sessions.size ?? 0) > 0,
        apply: (userId, event) =>
          Effect.suspend(() => {
            if (!directory.current().users.has(userId)) return Effect.succeed("Unchanged" as const)
            const entry = entryOf(userId)
            return inTurn(entry, applyNow(entry, userId, event))
          }),
        adopt: (before) =>
          Effect.suspend(() => {
            for (const userId of [...entries.keys()]) if (!directory.current().users.has(userId)) entries.delete(userId)
            return Effect.forEach(
              [...entries].filter(([userId, entry]) => lacked(userId, entry, before) !== null),
              ([userId, entry]) => inTurn(entry, impose(entry, userId, before)),
              { concurrency: "unbounded", discard: true }
            )
          })
      })
    })
  )
}
