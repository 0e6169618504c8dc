/** An agent's logins and logoffs, seen in the actions that make him a member of his queues and take him out. */
import type { JsonObject } from "./json.ts"
import type { ActionRecord, Recording } from "./recording.ts"

export interface AgentChangeRecord {
  readonly change: "agent-login" | "agent-logoff"
  /** `agent_id`, and at a login `extension` and `context`. */
  readonly fields: JsonObject
  readonly after: number
  readonly setup: boolean
}

/** First value of a header; names compare without regard to case. */
export const header = (action: ActionRecord, name: string): string | undefined =>
  action.headers.find(([one]) => one.toLowerCase() === name.toLowerCase())?.[1]

/** The run's interface template is `Local/{exten}@{context}`. */
const placeOf = (channel: string): JsonObject => {
  const parts = /^Local\/([^@]*)@([^/]*)/i.exec(channel)
  return parts === null ? { interface: channel } : { extension: parts[1] ?? "", context: parts[2] ?? "" }
}

/** His first membership is a login, the end of his last one a logoff. */
export const agentChanges = (recording: Recording): ReadonlyArray<AgentChangeRecord> => {
  const owners = new Map<string, string>()
  const queues = new Map<string, Set<string>>()
  const queuesOf = (owner: string): Set<string> => {
    const found = queues.get(owner) ?? new Set<string>()
    queues.set(owner, found)
    return found
  }
  for (const member of recording.members) {
    owners.set(member.interface, member.name)
    queuesOf(member.name).add(member.queue)
  }
  const idOf = (name: string): number | null => recording.agents.get(name.replace(/^Agent\//i, "")) ?? null
  const changes: Array<AgentChangeRecord> = []
  for (const action of recording.actions) {
    const name = header(action, "Action")?.toLowerCase()
    if (name !== "queueadd" && name !== "queueremove") continue
    const channel = header(action, "Interface") ?? ""
    const queue = header(action, "Queue") ?? ""
    const owner = name === "queueadd" ? (header(action, "MemberName") ?? channel) : (owners.get(channel) ?? channel)
    const joined = queuesOf(owner)
    const before = joined.size
    if (name === "queueadd") {
      owners.set(channel, owner)
      joined.add(queue)
    } else joined.delete(queue)
    const came = before === 0 && joined.size > 0
    const left = before > 0 && joined.size === 0
    if (!came && !left) continue
    changes.push({
      change: came ? "agent-login" : "agent-logoff",
      fields: { agent_id: idOf(owner), ...(came ? placeOf(channel) : {}) },
      after: action.after,
      setup: action.setup
    })
  }
  return changes
}
