/** What servers say (reference 2 to 4), read tolerantly: whatever is not understood is an `Unknown` message, never an error. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { BOARD_LISTS, type BoardChange, type BoardItems, type BoardList } from "./board.ts"
import { type Identity, readIdentity } from "./identity.ts"
import { readChange } from "./item_change.ts"
import { WireId, WireMaybeId, WireNumber, WireText } from "./wire_value.ts"

/** The steps of a login, by the class of their messages. */
export type LoginStep = "login_id" | "login_pass" | "login_capas"

/** A config or a status of one item. `answer`: it may answer a request; a broadcast of a few keys cannot. */
export type ItemChanged = {
  readonly [List in BoardList]: {
    readonly _tag: "ItemChanged"
    readonly list: List
    readonly part: "config" | "status"
    readonly id: string
    readonly change: BoardChange<BoardItems[List]>
    /** The item as the wire has it; null: the server knows no such item, or does not show it. */
    readonly wire: Readonly<Record<string, unknown>> | null
    readonly answer: boolean
  }
}[BoardList]

/** Why a line is not understood. */
export type MessageFault = "not_json" | "not_an_object" | "no_class" | "unknown_class" | "bad_fields"

export type ServerMessage =
  | { readonly _tag: "StartTlsOffered" }
  /** To the wish for STARTTLS. */
  | { readonly _tag: "StartTlsAnswered"; readonly accepted: boolean }
  | { readonly _tag: "LoginId"; readonly sessionId: string }
  | { readonly _tag: "LoginPass"; readonly profileIds: ReadonlyArray<string> }
  | { readonly _tag: "LoginCapas"; readonly identity: Identity }
  | { readonly _tag: "LoginRefused"; readonly step: LoginStep; readonly error: string }
  | { readonly _tag: "KeepAlive" }
  | { readonly _tag: "IpbxList"; readonly ids: ReadonlyArray<string> }
  | { readonly _tag: "ItemIds"; readonly list: string; readonly ids: ReadonlyArray<string> }
  | { readonly _tag: "ItemsAdded"; readonly list: BoardList; readonly ids: ReadonlyArray<string> }
  | { readonly _tag: "ItemsRemoved"; readonly list: BoardList; readonly ids: ReadonlyArray<string> }
  | ItemChanged
  | {
      readonly _tag: "AgentStatus"
      readonly serverUuid: string
      readonly agentId: string
      /** `logged_in`, `logged_out` */
      readonly status: string
    }
  | { readonly _tag: "EndpointStatus"; readonly serverUuid: string; readonly phoneId: string; readonly hint: number }
  | {
      readonly _tag: "UserStatus"
      readonly serverUuid: string
      readonly userUuid: string | null
      readonly userId: string | null
      readonly presence: string
    }
  | { readonly _tag: "PresenceRefused"; readonly from: string; readonly to: string }
  /** `class` of the refused command: `ipbxcommand`... `error` is the protocol's word (reference 13.1). */
  | { readonly _tag: "CommandRefused"; readonly class: string; readonly error: string }
  | { readonly _tag: "ServerStopping" }
  | { readonly _tag: "Disconnect"; readonly type: string }
  | {
      readonly _tag: "Unknown"
      readonly fault: MessageFault
      readonly class: string | null
      /** The object as it came; the beginning of the line where it is no JSON. */
      readonly message: unknown
    }

/** A message, with the `commandid` of the command that it answers where the server tells it. */
export interface Received {
  readonly message: ServerMessage
  readonly replyId: string | null
}

type WireObject = Readonly<Record<string, unknown>>

/** Longest text of a server's error or unreadable line that is kept. */
const SHOWN = 200

const read = <A>(schema: Schema.Codec<A, unknown>, make: (wire: A) => ServerMessage | null) => {
  const decode = Schema.decodeUnknownResult(schema)
  return (wire: WireObject): ServerMessage | null => {
    const result = decode(wire)
    return Result.isSuccess(result) ? make(result.success) : null
  }
}

const optional = Schema.optionalKey
const Ids = Schema.Array(WireId)
const isBoardList = (name: string): name is BoardList => (BOARD_LISTS as ReadonlyArray<string>).includes(name)
const isEmpty = (wire: WireObject): boolean => Object.keys(wire).length === 0

/** The key that a complete config or status has, where broadcasts of single keys exist beside complete ones (reference 4.2, 4.5). */
const COMPLETE: Readonly<Record<string, string>> = { "config/users": "fullname", "status/agents": "availability" }

const itemChanged = (list: BoardList, part: "config" | "status", id: string, value: unknown): ServerMessage | null => {
  if (value !== null && (typeof value !== "object" || Array.isArray(value))) return null
  const given = value as WireObject | null // checked above
  const wire = given === null || isEmpty(given) ? null : given
  const change = wire === null ? {} : readChange[list](wire)
  if (change === null) return null
  const key = COMPLETE[`${part}/${list}`]
  const answer = wire === null || key === undefined || key in wire
  return { _tag: "ItemChanged", list, part, id, change, wire, answer } as ItemChanged // `change` was read for this very `list`
}

const listMessage = read(
  Schema.Struct({
    function: Schema.String,
    listname: Schema.String,
    list: optional(Ids),
    tid: optional(WireId),
    config: optional(Schema.Unknown),
    status: optional(Schema.Unknown)
  }),
  (wire) => {
    const { listname: list, list: ids, tid } = wire
    if (wire.function === "listid") return ids === undefined ? null : { _tag: "ItemIds", list, ids }
    if (!isBoardList(list)) return null
    switch (wire.function) {
      case "addconfig":
        return ids === undefined ? null : { _tag: "ItemsAdded", list, ids }
      case "delconfig":
        return ids === undefined ? null : { _tag: "ItemsRemoved", list, ids }
      case "updateconfig":
        return tid === undefined ? null : itemChanged(list, "config", tid, wire.config ?? null)
      case "updatestatus":
        return tid === undefined ? null : itemChanged(list, "status", tid, wire.status ?? null)
      default:
        return null
    }
  }
)

const presenceRefused = (wire: WireObject): ServerMessage | null => {
  const error = wire.error_string
  if (typeof error !== "string") return null
  const parts = error.split(":")
  const [word, from, to] = parts
  if (word !== "presence_unreachable" || from === undefined || to === undefined) {
    return { _tag: "CommandRefused", class: "availstate", error: error.slice(0, SHOWN) }
  }
  return { _tag: "PresenceRefused", from, to: parts.slice(2).join(":") }
}

const readers: ReadonlyMap<string, (wire: WireObject) => ServerMessage | null> = new Map([
  // the answer has the wish under the message's own name (reference 2.2, step 3)
  [
    "starttls",
    (wire: WireObject) =>
      "starttls" in wire ? { _tag: "StartTlsAnswered", accepted: Boolean(wire.starttls) } : { _tag: "StartTlsOffered" }
  ],
  ["login_id", read(Schema.Struct({ sessionid: WireId }), (wire) => ({ _tag: "LoginId", sessionId: wire.sessionid }))],
  ["login_pass", read(Schema.Struct({ capalist: Ids }), (wire) => ({ _tag: "LoginPass", profileIds: wire.capalist }))],
  [
    "login_capas",
    (wire: WireObject) => {
      const identity = readIdentity(wire)
      return identity === null ? null : { _tag: "LoginCapas", identity }
    }
  ],
  ["keepalive", () => ({ _tag: "KeepAlive" })],
  ["getipbxlist", read(Schema.Struct({ ipbxlist: Ids }), (wire) => ({ _tag: "IpbxList", ids: wire.ipbxlist }))],
  ["getlist", listMessage],
  ["availstate", presenceRefused],
  [
    "agent_status_update",
    read(Schema.Struct({ data: Schema.Struct({ xivo_uuid: WireText, agent_id: WireId, status: WireText }) }), ({ data }) => ({
      _tag: "AgentStatus",
      serverUuid: data.xivo_uuid,
      agentId: data.agent_id,
      status: data.status
    }))
  ],
  [
    "endpoint_status_update",
    read(
      Schema.Struct({ data: Schema.Struct({ xivo_uuid: WireText, endpoint_id: WireId, status: WireNumber }) }),
      ({ data }) => ({ _tag: "EndpointStatus", serverUuid: data.xivo_uuid, phoneId: data.endpoint_id, hint: data.status })
    )
  ],
  [
    "user_status_update",
    read(
      Schema.Struct({
        data: Schema.Struct({
          xivo_uuid: WireText,
          user_uuid: optional(WireMaybeId),
          user_id: optional(WireMaybeId),
          status: WireText
        })
      }),
      ({ data }) => ({
        _tag: "UserStatus",
        serverUuid: data.xivo_uuid,
        userUuid: data.user_uuid ?? null,
        userId: data.user_id ?? null,
        presence: data.status
      })
    )
  ],
  ["server_stop", () => ({ _tag: "ServerStopping" })],
  ["disconnect", read(Schema.Struct({ type: optional(WireText) }), (wire) => ({ _tag: "Disconnect", type: wire.type ?? "" }))]
] satisfies ReadonlyArray<readonly [string, (wire: WireObject) => ServerMessage | null]>)

const isLoginStep = (name: string): name is LoginStep => name === "login_id" || name === "login_pass" || name === "login_capas"

const objectMessage = (name: string, wire: WireObject): ServerMessage => {
  const error = wire.error_string
  if (typeof error === "string" && name !== "availstate") {
    const shown = error.slice(0, SHOWN)
    return isLoginStep(name)
      ? { _tag: "LoginRefused", step: name, error: shown }
      : { _tag: "CommandRefused", class: name.slice(0, SHOWN), error: shown }
  }
  const reader = readers.get(name)
  if (reader === undefined) return { _tag: "Unknown", fault: "unknown_class", class: name, message: wire }
  return reader(wire) ?? { _tag: "Unknown", fault: "bad_fields", class: name, message: wire }
}

/** Reads one line, without its end. */
export const readMessage = (line: string): Received => {
  let wire: unknown
  try {
    wire = JSON.parse(line)
  } catch {
    return { message: { _tag: "Unknown", fault: "not_json", class: null, message: line.slice(0, SHOWN) }, replyId: null }
  }
  if (typeof wire !== "object" || wire === null || Array.isArray(wire)) {
    return { message: { _tag: "Unknown", fault: "not_an_object", class: null, message: wire }, replyId: null }
  }
  const object = wire as WireObject // any object may be read by name
  const name = object.class
  if (typeof name !== "string") {
    return { message: { _tag: "Unknown", fault: "no_class", class: null, message: wire }, replyId: null }
  }
  const { replyid } = object
  const replyId = typeof replyid === "number" || typeof replyid === "string" ? String(replyid) : null
  return { message: objectMessage(name, object), replyId }
}
