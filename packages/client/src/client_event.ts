/** What happens on a server, as a client is told (reference 4). The answers to this client's own requests are no events. */
import type { BoardChange, BoardItems } from "./board.ts"
import type { ItemChanged, ServerMessage } from "./server_message.ts"

/** A config or status of an item: only what was told. */
interface Changed<Tag extends string, List extends keyof BoardItems> {
  readonly _tag: Tag
  readonly id: string
  readonly change: BoardChange<BoardItems[List]>
}

export type ClientEvent =
  | { readonly _tag: "Presence"; readonly userId: string; readonly presence: string }
  | Changed<"User", "users">
  | Changed<"Phone", "phones">
  | Changed<"Agent", "agents">
  | Changed<"Queue", "queues">
  | Changed<"Voicemail", "voicemails">
  | Changed<"QueueMember", "queuemembers">
  | Extract<
      ServerMessage,
      {
        readonly _tag:
          | "ItemsAdded"
          | "ItemsRemoved"
          | "AgentStatus"
          | "EndpointStatus"
          | "UserStatus"
          | "PresenceRefused"
          | "CommandRefused"
          | "ServerStopping"
          | "Disconnect"
          | "Unknown"
      }
    >

const itemEvent = (message: ItemChanged): ClientEvent => {
  switch (message.list) {
    case "users": {
      const { presence } = message.change
      return message.part === "status" && presence !== undefined
        ? { _tag: "Presence", userId: message.id, presence }
        : { _tag: "User", id: message.id, change: message.change }
    }
    case "phones":
      return { _tag: "Phone", id: message.id, change: message.change }
    case "agents":
      return { _tag: "Agent", id: message.id, change: message.change }
    case "queues":
      return { _tag: "Queue", id: message.id, change: message.change }
    case "voicemails":
      return { _tag: "Voicemail", id: message.id, change: message.change }
    case "queuemembers":
      return { _tag: "QueueMember", id: message.id, change: message.change }
  }
}

/** The event that a message is; null: it belongs to a dialogue. */
export const eventOf = (message: ServerMessage): ClientEvent | null => {
  switch (message._tag) {
    case "ItemChanged":
      return itemEvent(message)
    case "StartTlsOffered":
    case "StartTlsAnswered":
    case "LoginId":
    case "LoginPass":
    case "LoginCapas":
    case "LoginRefused":
    case "KeepAlive":
    case "IpbxList":
    case "ItemIds":
      return null
    default:
      return message
  }
}
