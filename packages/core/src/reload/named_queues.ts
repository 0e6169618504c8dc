/** Which of an agent's queues those who see him may be told of: a reload may change that, though he is in the queues that he was in. */
import { sameValue } from "../config/same_value.ts"
import type { Agent } from "../directory/directory.ts"
import { visible } from "../parting/parting.ts"
import type { StateChange } from "../telephony/state_change.ts"
import type { TelephonyState } from "../telephony/telephony_state.ts"
import type { Configured } from "./adopted.ts"

const namedQueues = (
  { directory, settings }: Configured,
  agent: Agent | undefined,
  queues: ReadonlyArray<string>
): ReadonlyArray<number> =>
  queues.flatMap((name) => {
    const queue = directory.queuesByName.get(name)
    if (agent === undefined || queue === undefined) return []
    return visible(settings.contextSeparation, agent.context, queue.context) ? [queue.id] : []
  })

/**
 * The agents of whom other queues are to be named than before. `state` has adopted the new directory, with these `changes`, by which some
 * are told anyway.
 */
export const namedQueueChanges = (
  before: Configured,
  after: Configured,
  state: TelephonyState,
  changes: ReadonlyArray<StateChange>
): ReadonlyArray<StateChange> => {
  if (!before.settings.contextSeparation && !after.settings.contextSeparation) return []
  const told = new Set(changes.flatMap((change) => (change._tag === "Agent" ? [change.agentId] : [])))
  return [...after.directory.agents.values()].flatMap((agent): ReadonlyArray<StateChange> => {
    const status = state.agents.agent(agent.id)
    if (told.has(agent.id) || status.queues.length === 0) return []
    const [then, now] = [
      namedQueues(before, before.directory.agents.get(agent.id), status.queues),
      namedQueues(after, agent, status.queues)
    ]
    return sameValue(then, now) ? [] : [{ _tag: "Agent", agentId: agent.id, status, login: false }]
  })
}
