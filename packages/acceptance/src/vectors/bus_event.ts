/** An event of the server as the original put it on its bus. */
import type { CtiEvent } from "@ctid/core/events/cti_events"
import type { JsonObject } from "@ctid/testing/vectors/json"
import type { BusRecord } from "@ctid/testing/vectors/recording"

/** Before it is known when it came. */
export type BusEvent = Pick<BusRecord, "event" | "data">

export const busEvent = (event: CtiEvent): BusEvent => {
  switch (event._tag) {
    case "UserStatus":
      return {
        event: "user_status_update",
        data: { user_id: event.userId, user_uuid: event.userUuid, status: event.status }
      }
    case "AgentStatus":
      return { event: "agent_status_update", data: { agent_id: event.agentId, status: event.status } }
    case "EndpointStatus":
      return { event: "endpoint_status_update", data: { endpoint_id: event.lineId, status: event.status } }
    case "Chat":
      return {
        event: "chitchat",
        data: { from: [...event.from], to: [...event.to], alias: event.alias, text: event.text }
      }
    case "CallFormResult":
      // what a client sent was JSON
      return {
        event: "call_form_result",
        data: { user_id: String(event.userId), variables: event.variables as JsonObject }
      }
  }
}
