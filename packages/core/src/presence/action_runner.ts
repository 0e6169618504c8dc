/** Does on the PBX what the actions of a presence say (reference 5.3). */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { Agent, Directory, Line, User } from "../directory/directory.ts"
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

/** What the PBX refused, and of which line if it is about lines. */
type Failures = ReadonlyArray<{ readonly error: TelephonyError; readonly line?: Line }>

/** Runs one action of a user, as he is declared when it begins. What is asked of the PBX is asked before the effect first waits. */
export type RunAction = (userId: number, action: ConfiguredAction) => Effect.Effect<ActionEnd>

export const makeActionRunner = ({ directory, telephony, pbx }: ActionDoors): RunAction => {
  const doNotDisturb = (user: User, on: boolean): Effect.Effect<ActionEnd, Failures> =>
    Effect.flatMap(pbx.onLines.setDoNotDisturb(user.id, on), ({ outcome, refused }) =>
      refused.length === 0 ? Effect.succeed(outcome) : Effect.fail(refused)
    )

  const onAgent = (
    user: User,
    operation: (agent: Agent) => Effect.Effect<Outcome, TelephonyError>
  ): Effect.Effect<ActionEnd, Failures> => {
    const agent = user.agentId === null ? undefined : directory.current().agents.get(user.agentId)
    return agent === undefined ? Effect.succeed("skipped") : Effect.mapError(operation(agent), (error) => [{ error }])
  }

  const reported = (user: User, name: string, action: Effect.Effect<ActionEnd, Failures>): Effect.Effect<ActionEnd> =>
    Effect.catch(action, (failed) =>
      Effect.andThen(
        Metric.update(failures, 1),
        Effect.forEach(failed, ({ error, line }) =>
          Effect.logWarning("presence action failed").pipe(
            Effect.annotateLogs({
              user: user.login,
              action: name,
              ...(line === undefined ? {} : { line: line.number }),
              reason: error.reason,
              detail: error.message
            })
          )
        )
      ).pipe(Effect.as("failed" as const))
    )

  const run = (user: User, action: PresenceAction): Effect.Effect<ActionEnd, Failures> => {
    switch (action._tag) {
      case "DoNotDisturb":
        return doNotDisturb(user, action.on)
      case "PauseAll":
        return onAgent(user, (agent) => telephony.pauseAgent(agent, null, action.paused))
      case "AgentLogoff":
        return onAgent(user, telephony.agentLogoff)
    }
  }

  return (userId, [name, parameter]) => {
    const action = readAction(name, parameter)
    if (action === "unknown" || action === "without_effect") {
      const what = action === "unknown" ? "unknown presence action" : "presence action without effect"
      return Effect.logDebug(`${what} skipped`).pipe(Effect.annotateLogs({ action: name }), Effect.as("skipped"))
    }
    return Effect.suspend(() => {
      // a reload since the change began may have given his lines and his agent to somebody else
      const user = directory.current().users.get(userId)
      return user === undefined ? Effect.succeed<ActionEnd>("skipped") : reported(user, name, run(user, action))
    })
  }
}
