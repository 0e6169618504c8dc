/** Does on the PBX what the actions of a presence say (reference 5.3). */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Result from "effect/Result"
import type { Agent, Directory, User } from "../directory/directory.ts"
import type { Pbx } from "../telephony/pbx.ts"
import type { Outcome, Telephony, TelephonyError } from "../telephony/telephony.ts"
import { type PresenceAction, readAction } from "./action.ts"
import type { ActionEnd, ConfiguredAction } from "./change.ts"

const failures = Metric.counter("ctid_presence_action_failures", {
  description: "Actions of presence changes that failed or were late",
  incremental: true
})

/** The time for the actions of a change was over before they were. */
export const actionsLate = (user: User): Effect.Effect<void> =>
  Effect.andThen(
    Metric.update(failures, 1),
    Effect.logWarning("presence actions late").pipe(Effect.annotateLogs({ user: user.login }))
  )

/** What a runner works with. */
export interface ActionDoors {
  readonly directory: Directory["Service"]
  readonly telephony: Telephony["Service"]
  readonly pbx: Pbx["Service"]
}

/** Runs one action of a user. What is asked of the PBX is asked before the effect first waits. */
export type RunAction = (user: User, action: ConfiguredAction) => Effect.Effect<ActionEnd>

export const makeActionRunner = ({ directory, telephony, pbx }: ActionDoors): RunAction => {
  /** The last do not disturb of each user that is not known to be done: an older one that ends later says nothing. */
  const wanted = new Map<number, object>()

  const doNotDisturb = (user: User, on: boolean): Effect.Effect<ActionEnd, TelephonyError> =>
    Effect.suspend(() => {
      const wish = {}
      wanted.set(user.id, wish)
      const { lines } = directory.current()
      return Effect.forEach(
        user.lineIds.flatMap((id) => lines.get(id) ?? []),
        (line) => Effect.result(telephony.setDoNotDisturb(line, on)),
        // all are asked at once: none of them is left to be asked after a later change
        { concurrency: "unbounded" }
      ).pipe(
        Effect.flatMap((results): Effect.Effect<ActionEnd, TelephonyError> => {
          const refused = results.find(Result.isFailure)
          if (refused !== undefined) return Effect.fail(refused.failure)
          if (wanted.get(user.id) === wish) pbx.setServices(user.id, { doNotDisturb: on })
          return Effect.succeed(
            results.some((result) => Result.isSuccess(result) && result.success === "deferred") ? "deferred" : "done"
          )
        }),
        Effect.ensuring(Effect.sync(() => wanted.get(user.id) === wish && wanted.delete(user.id)))
      )
    })

  const onAgent = (
    user: User,
    operation: (agent: Agent) => Effect.Effect<Outcome, TelephonyError>
  ): Effect.Effect<ActionEnd, TelephonyError> => {
    const agent = user.agentId === null ? undefined : directory.current().agents.get(user.agentId)
    return agent === undefined ? Effect.succeed("skipped") : operation(agent)
  }

  const run = (user: User, action: PresenceAction): Effect.Effect<ActionEnd, TelephonyError> => {
    switch (action._tag) {
      case "DoNotDisturb":
        return doNotDisturb(user, action.on)
      case "PauseAll":
        return onAgent(user, (agent) => telephony.pauseAgent(agent, null, action.paused))
      case "AgentLogoff":
        return onAgent(user, telephony.agentLogoff)
    }
  }

  return (user, [name, parameter]) => {
    const action = readAction(name, parameter)
    if (action === "unknown" || action === "without_effect") {
      const what = action === "unknown" ? "unknown presence action" : "presence action without effect"
      return Effect.logDebug(`${what} skipped`).pipe(Effect.annotateLogs({ action: name }), Effect.as("skipped"))
    }
    return run(user, action).pipe(
      Effect.catch((error) =>
        Effect.andThen(
          Metric.update(failures, 1),
          Effect.logWarning("presence action failed").pipe(
            Effect.annotateLogs({ user: user.login, action: name, reason: error.reason, detail: error.message })
          )
        ).pipe(Effect.as<ActionEnd>("failed"))
      )
    )
  }
}
