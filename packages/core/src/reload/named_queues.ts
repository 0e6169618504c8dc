/**
 * Which of an agent's queues, and whether the extension of his phone, those who see him may be told of: a reload may change that, though
 * he is where he was.
 */
import { sameValue } from "../config/same_value.ts"
import { type Agent, deviceKey } from "../directory/directory.ts"
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

const namedExtension = (
  { directory, settings }: Configured,
  agent: Agent | undefined,
  device: string | null | undefined
): string | null => {
  const line = directory.linesByDevice.get(deviceKey(device ?? ""))
  if (agent === undefined || line === undefined) return null
  return visible(settings.contextSeparation, agent.context, line.context) ? line.number : null
}

/**
 * The agents of whom other queues, or another extension, are to be named than before. `state` has adopted the new directory, with these
 * `changes`, by which some are told anyway.
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
    const named = (configured: Configured): object => {
      const declared = configured.directory.agents.get(agent.id)
      return [namedQueues(configured, declared, status.queues), namedExtension(configured, declared, status.login?.device)]
    }
    const [then, now] = [named(before), named(after)]
    return sameValue(then, now) ? [] : [{ _tag: "Agent", agentId: agent.id, status, login: false }]
  })
}
