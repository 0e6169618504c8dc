/** The declared members of queues are others, as the administration pages tell it (reference 8.1). */
import * as Effect from "effect/Effect"
import { LiveConfig } from "../config/live_config.ts"
import { CtiServer } from "../cti_server.ts"
import type { DirectoryData } from "../directory/directory.ts"
import { memberId } from "../telephony/agent_state.ts"
import { Telephony } from "../telephony/telephony.ts"

/** All declared members, agents' own queues included, by id. */
const membersOf = ({
  agents,
  queues
}: DirectoryData): ReadonlyMap<string, { readonly queue: string; readonly member: string }> =>
  new Map(
    [
      ...agents.flatMap(({ number, queues: own }) => own.map(({ queue }) => ({ queue, member: `Agent/${number}` }))),
      ...queues.flatMap(({ name, staticMembers }) => staticMembers.map(({ member }) => ({ queue: name, member })))
    ].map((one) => [memberId(one.member, one.queue), one])
  )

/** Objects as in `data`, their members as in `declared`. */
const withMembersOf = (data: DirectoryData, declared: DirectoryData): DirectoryData => {
  const agents = new Map(declared.agents.map((agent) => [agent.id, agent]))
  const queues = new Map(declared.queues.map((queue) => [queue.id, queue]))
  return {
    ...data,
    agents: data.agents.map((agent) => ({ ...agent, queues: agents.get(agent.id)?.queues ?? agent.queues })),
    queues: data.queues.map((queue) => ({
      ...queue,
      staticMembers: queues.get(queue.id)?.staticMembers ?? queue.staticMembers
    }))
  }
}

/**
 * Takes over who is a member of which queue, and nothing else. Clients are told; then the PBX is asked for each new member: its answers
 * come as events. Ends when it has answered, or cannot.
 */
export const changeQueueMembers = Effect.fnUntraced(function* (
  declared: DirectoryData
): Effect.fn.Return<void, never, LiveConfig | CtiServer | Telephony> {
  const server = yield* CtiServer
  const live = yield* LiveConfig
  const telephony = yield* Telephony
  const { directory, settings } = live.declared()
  const before = membersOf(directory)
  const changed = withMembersOf(directory, declared)
  yield* live.declare({ directory: changed, settings })
  yield* server.reload()
  const added = [...membersOf(changed)].flatMap(([id, one]) => (before.has(id) ? [] : [one]))
  yield* Effect.forEach(added, ({ queue, member }) => telephony.askMember(queue, member), { discard: true }).pipe(
    // the next resync asks for all of them
    Effect.catch(({ reason, message }) =>
      Effect.logWarning("new queue members not asked for").pipe(Effect.annotateLogs({ reason, detail: message }))
    )
  )
})
