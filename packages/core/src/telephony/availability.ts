/** Whether an agent can take a call (reference 5.6). */
import type { NonAcdCall } from "./telephony.ts"

export type Availability =
  | "logged_out"
  | "available"
  | "unavailable"
  | `on_call_nonacd_${"incoming" | "outgoing"}_${"internal" | "external"}`

/** What is known of an agent. */
export interface AgentFacts {
  readonly logged: boolean
  /** On a queue call. */
  readonly onAcdCall: boolean
  readonly nonAcdCall: NonAcdCall | null
  /** Queues he is a member of, and in how many of them he is paused. */
  readonly queues: number
  readonly pausedQueues: number
  readonly onWrapUp: boolean
}

/** The first rule that matches decides. */
export const availability = (agent: AgentFacts): Availability => {
  if (!agent.logged) return "logged_out"
  if (agent.onAcdCall) return "unavailable"
  if (agent.nonAcdCall !== null) {
    return `on_call_nonacd_${agent.nonAcdCall.direction}_${agent.nonAcdCall.internal ? "internal" : "external"}`
  }
  if (agent.queues > 0 && agent.pausedQueues === agent.queues) return "unavailable"
  return agent.onWrapUp ? "unavailable" : "available"
}
