/** What clients say (reference 2, 3). Wire names on the outside, the field's words on the inside: only this file knows both. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { UserAddress } from "../events/cti_events.ts"

/** `commandid`, echoed as `replyid` where the protocol wants it; null when absent or falsy. */
export type CommandId = number | string | null

export const LIST_NAMES = ["users", "phones", "agents", "queues", "voicemails", "meetmes", "queuemembers"] as const
/** A list this server keeps. */
export type ListName = (typeof LIST_NAMES)[number]
export const isListName = (name: string): name is ListName => (LIST_NAMES as ReadonlyArray<string>).includes(name)

/** One pair of a status registration: the server's uuid and the object's id or uuid. */
export type StatusKey = readonly [server: string, id: number | string]

export type ClientCommand =
  | { readonly _tag: "StartTls"; readonly wanted: boolean }
  | {
      readonly _tag: "LoginId"
      readonly login: string
      /** From `wazoversion`, or `xivoversion` when that is absent or empty. */
      readonly version: string
      readonly versionField: "wazoversion" | "xivoversion"
    }
  | {
      readonly _tag: "LoginPass"
      readonly password: string | null
      readonly hashed: string | null
      readonly commandId: CommandId
    }
  | {
      readonly _tag: "LoginCapas"
      readonly profileId: number | null
      readonly presence: string | null
      readonly lastConnectionWins: boolean | null
      readonly loginKind: string | null
      readonly agentPhoneNumber: string | null
      readonly agentLoginNow: boolean
      /** He wants to be told notes and ends of presences (ours). */
      readonly wantsTerms: boolean
      readonly commandId: CommandId
    }
  | { readonly _tag: "Logout" }
  | { readonly _tag: "KeepAlive"; readonly commandId: CommandId }
  | { readonly _tag: "GetIpbxList"; readonly commandId: CommandId }
  | {
      readonly _tag: "SetPresence"
      readonly presence: string
      /** What he says with it, as received; empty: nothing (ours). */
      readonly note: string
      /** Seconds since the epoch, as received; null: no end (ours). */
      readonly until: number | null
    }
  | {
      readonly _tag: "GetList"
      readonly function: string
      readonly list: string
      /** As received: it is echoed. */
      readonly id: string | number | null
    }
  | { readonly _tag: "PutFeature"; readonly feature: string; readonly value: unknown; readonly target: string | null }
  | { readonly _tag: "AgentLogin"; readonly agent: string | null; readonly extension: string | null }
  | { readonly _tag: "AgentLogout"; readonly agent: string | null }
  | { readonly _tag: "PauseMember"; readonly member: string; readonly queue: string; readonly paused: boolean }
  | { readonly _tag: "QueueAdd"; readonly member: string; readonly queue: string }
  | { readonly _tag: "QueueRemove"; readonly member: string; readonly queue: string }
  | { readonly _tag: "Listen"; readonly agent: string }
  | {
      readonly _tag: "Register"
      readonly kind: StatusKind
      readonly keys: ReadonlyArray<StatusKey>
      /** False: unregister. */
      readonly on: boolean
    }
  | { readonly _tag: "Chat"; readonly to: UserAddress; readonly alias: string; readonly text: string }
  /** Names still begin with `XIVOFORM_`, where they are those of a form. */
  | { readonly _tag: "CallFormResult"; readonly variables: Readonly<Record<string, unknown>> }
  | { readonly _tag: "GetRelations" }

/** What status messages can be registered for (reference 3.9). */
export type StatusKind = "agent" | "endpoint" | "user"

/** Why a line is no command. Only the first two end the connection (reference 1.5). */
export type CommandFault =
  | { readonly _tag: "NotJson" }
  | { readonly _tag: "NotACommand" }
  | { readonly _tag: "UnknownClass"; readonly class: string }
  | { readonly _tag: "BadFields"; readonly class: string }

const Text = Schema.String
const Uuid = Text.check(Schema.isPattern(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i))
const Id = Schema.Union([Schema.String, Schema.Finite])
const optional = Schema.optionalKey
const Loose = Schema.optionalKey(Schema.Unknown)

type Fields = Schema.Struct<Schema.Struct.Fields>

/** How one class is read: its fields, and wire object in, command out, null when a field is missing or of a wrong type. */
interface Reader {
  readonly fields: Fields
  readonly read: (wire: object) => ClientCommand | null
}

const reader = <A>(fields: Fields & Schema.Codec<A, unknown>, make: (wire: A) => ClientCommand | null): Reader => {
  const decode = Schema.decodeUnknownResult(fields)
  return {
    fields,
    read: (wire) => {
      const result = decode(wire)
      return Result.isSuccess(result) ? make(result.success) : null
    }
  }
}

/** Nothing but a `commandid` is looked at. */
const bare = (make: (commandId: CommandId) => ClientCommand): Reader => ({
  fields: Schema.Struct({ commandid: Loose }),
  read: (wire) => make(commandId((wire as { commandid?: unknown }).commandid)) // any object may be read by name
})

const commandId = (value: unknown): CommandId =>
  (typeof value === "number" && value !== 0) || (typeof value === "string" && value !== "") ? value : null

const textOr = (value: string | number | undefined): string | null => (value === undefined ? null : String(value))

const profileId = (value: string | number | undefined): number | null => {
  const number = typeof value === "string" && /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : value
  return typeof number === "number" && Number.isSafeInteger(number) ? number : null
}

const registration = (kind: StatusKind, field: string, on: boolean): Reader => {
  const Keys = Schema.Array(Schema.Tuple([Text, Id]))
  const decode = Schema.decodeUnknownResult(Keys)
  return {
    fields: Schema.Struct({ [field]: Keys }),
    read: (wire) => {
      const keys = decode((wire as Record<string, unknown>)[field]) // any object may be read by name
      return Result.isSuccess(keys) ? { _tag: "Register", kind, keys: keys.success, on } : null
    }
  }
}

const member = (make: (member: string, queue: string) => ClientCommand): Reader =>
  reader(Schema.Struct({ member: Id, queue: Id }), (wire) => make(String(wire.member), String(wire.queue)))

const IPBX_COMMAND = "ipbxcommand"

/** `ipbxcommand` by its `command`. */
const ipbxCommands: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  [
    "agentlogin",
    reader(Schema.Struct({ agentids: optional(Id), agentphonenumber: optional(Id) }), (wire) => ({
      _tag: "AgentLogin",
      agent: textOr(wire.agentids),
      extension: textOr(wire.agentphonenumber)
    }))
  ],
  [
    "agentlogout",
    reader(Schema.Struct({ agentids: optional(Id) }), (wire) => ({ _tag: "AgentLogout", agent: textOr(wire.agentids) }))
  ],
  ["queuepause", member((member, queue) => ({ _tag: "PauseMember", member, queue, paused: true }))],
  ["queueunpause", member((member, queue) => ({ _tag: "PauseMember", member, queue, paused: false }))],
  ["queueadd", member((member, queue) => ({ _tag: "QueueAdd", member, queue }))],
  ["queueremove", member((member, queue) => ({ _tag: "QueueRemove", member, queue }))],
  ["listen", reader(Schema.Struct({ destination: Id }), (wire) => ({ _tag: "Listen", agent: String(wire.destination) }))]
])

const classes: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["keepalive", bare((commandId) => ({ _tag: "KeepAlive", commandId }))],
  ["getipbxlist", bare((commandId) => ({ _tag: "GetIpbxList", commandId }))],
  ["starttls", reader(Schema.Struct({ status: Loose }), (wire) => ({ _tag: "StartTls", wanted: wire.status === true }))],
  [
    "login_id",
    reader(Schema.Struct({ userlogin: Text, wazoversion: optional(Text), xivoversion: optional(Text) }), (wire) => {
      const wazo = wire.wazoversion ?? ""
      return {
        _tag: "LoginId",
        login: wire.userlogin,
        version: wazo !== "" ? wazo : (wire.xivoversion ?? ""),
        versionField: wazo !== "" || wire.xivoversion === undefined ? "wazoversion" : "xivoversion"
      }
    })
  ],
  [
    "login_pass",
    reader(Schema.Struct({ password: optional(Text), hashedpassword: optional(Text), commandid: Loose }), (wire) => ({
      _tag: "LoginPass",
      password: wire.password ?? null,
      hashed: wire.hashedpassword ?? null,
      commandId: commandId(wire.commandid)
    }))
  ],
  [
    "login_capas",
    reader(
      Schema.Struct({
        capaid: optional(Id),
        state: optional(Text),
        lastconnwins: Loose,
        loginkind: optional(Text),
        agentphonenumber: optional(Id),
        agentlogin: Loose,
        presenceterms: Loose,
        commandid: Loose
      }),
      (wire) => ({
        _tag: "LoginCapas",
        profileId: profileId(wire.capaid),
        presence: wire.state ?? null,
        lastConnectionWins: wire.lastconnwins === undefined ? null : wire.lastconnwins === true,
        loginKind: wire.loginkind ?? null,
        agentPhoneNumber: textOr(wire.agentphonenumber),
        agentLoginNow: wire.agentlogin === "now",
        wantsTerms: wire.presenceterms === true,
        commandId: commandId(wire.commandid)
      })
    )
  ],
  ["logout", bare(() => ({ _tag: "Logout" }))],
  [
    "availstate",
    reader(
      Schema.Struct({
        availstate: Text,
        note: optional(Schema.NullOr(Text)),
        until: optional(Schema.NullOr(Schema.Finite))
      }),
      (wire) => ({ _tag: "SetPresence", presence: wire.availstate, note: wire.note ?? "", until: wire.until ?? null })
    )
  ],
  [
    "getlist",
    reader(Schema.Struct({ function: Text, listname: Text, tid: optional(Schema.NullOr(Id)) }), (wire) => ({
      _tag: "GetList",
      function: wire.function,
      list: wire.listname,
      id: wire.tid ?? null
    }))
  ],
  [
    "featuresput",
    reader(Schema.Struct({ function: Text, value: Schema.Unknown, target: optional(Schema.NullOr(Id)) }), (wire) => ({
      _tag: "PutFeature",
      feature: wire.function,
      value: wire.value,
      target: textOr(wire.target ?? undefined)
    }))
  ],
  [
    "chitchat",
    reader(Schema.Struct({ to: Schema.Tuple([Uuid, Uuid]), alias: Text, text: Text }), ({ to, alias, text }) => ({
      _tag: "Chat",
      to,
      alias,
      text
    }))
  ],
  [
    "call_form_result",
    reader(Schema.Struct({ infos: Schema.Struct({ variables: Schema.Record(Text, Schema.Unknown) }) }), ({ infos }) => ({
      _tag: "CallFormResult",
      variables: infos.variables
    }))
  ],
  ["get_relations", bare(() => ({ _tag: "GetRelations" }))],
  ["register_agent_status_update", registration("agent", "agent_ids", true)],
  ["register_endpoint_status_update", registration("endpoint", "endpoint_ids", true)],
  ["register_user_status_update", registration("user", "user_ids", true)],
  ["unregister_agent_status_update", registration("agent", "agent_ids", false)],
  ["unregister_endpoint_status_update", registration("endpoint", "endpoint_ids", false)],
  ["unregister_user_status_update", registration("user", "user_ids", false)]
])

/** A class of messages, or one `command` of the class `ipbxcommand`, and the fields that it reads. */
export interface CommandForm {
  readonly class: string
  readonly command: string | null
  readonly fields: Fields
}

/** Everything that a client can say. */
export const commandForms: ReadonlyArray<CommandForm> = [
  ...[...classes].map(([name, { fields }]) => ({ class: name, command: null, fields })),
  ...[...ipbxCommands].map(([command, { fields }]) => ({ class: IPBX_COMMAND, command, fields }))
]

const readerOf = (name: string, wire: object): Reader | null | undefined => {
  if (name !== IPBX_COMMAND) return classes.get(name)
  const command = (wire as { command?: unknown }).command // any object may be read by name
  return (typeof command === "string" ? ipbxCommands.get(command) : undefined) ?? null
}

/** Reads one line. */
export const decodeCommand = (line: string): ClientCommand | CommandFault => {
  let wire: unknown
  try {
    wire = JSON.parse(line)
  } catch {
    return { _tag: "NotJson" }
  }
  if (typeof wire !== "object" || wire === null || Array.isArray(wire)) return { _tag: "NotACommand" }
  const name = (wire as { class?: unknown }).class // any object may be read by name
  if (name === undefined || name === null) return { _tag: "NotACommand" }
  if (typeof name !== "string") return { _tag: "UnknownClass", class: typeof name }
  const found = readerOf(name, wire)
  if (found === undefined) return { _tag: "UnknownClass", class: name.slice(0, 64) }
  return found?.read(wire) ?? { _tag: "BadFields", class: name }
}

/** The part after the last `/` of `xivo/7`, `agent:xivo/7`, `queue:xivo/all`; the text itself where there is none. */
export const idOf = (xid: string): string => xid.slice(xid.lastIndexOf("/") + 1)

/** An object id in text: null unless it is a plain non-negative integer. */
export const objectId = (text: string | number | null): number | null => {
  if (typeof text === "number") return Number.isSafeInteger(text) && text >= 0 ? text : null
  return text !== null && /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : null
}
