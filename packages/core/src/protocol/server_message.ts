/** What the server says (reference 2, 4): constructors of wire objects, and their encoding. */
import type { ProtocolVersion } from "../config/settings.ts"
import type { CommandId, ListName } from "./client_command.ts"

/** A message without `timenow`, which is added when it is encoded. */
export interface ServerMessage {
  readonly class: string
  readonly [key: string]: unknown
}

/** The only PBX there is (reference, terms). */
export const IPBX_ID = "xivo"

const text = new TextEncoder()

/** One line as text, with `timenow` (seconds since the epoch) and its line feed. */
export const encodeText = (message: ServerMessage, timenow: number): string => {
  const json = JSON.stringify(message)
  return `${json.slice(0, -1)},"timenow":${timenow}}\n`
}

/** One line as UTF-8 bytes. */
export const encodeBytes = (message: ServerMessage, timenow: number): Uint8Array => text.encode(encodeText(message, timenow))

export const utf8 = (line: string): Uint8Array => text.encode(line)

/** Adds `replyid` where the command carried a truthy `commandid` (reference 1.3). */
export const replied = (message: ServerMessage, commandId: CommandId): ServerMessage =>
  commandId === null ? message : { ...message, replyid: commandId }

/** The field that carries the version, as this version of the protocol calls it (reference 11). */
export const versionField = (version: ProtocolVersion): "wazoversion" | "xivoversion" =>
  version === "2.3" ? "wazoversion" : "xivoversion"

/** The offer, which is the first thing that a client hears (reference 2.2). */
export const startTlsOffer: ServerMessage = { class: "starttls" }

/** The answer to a client's `starttls`, under the key that the original's code and the desktop client use. */
export const startTlsReply = (wanted: boolean): ServerMessage => ({ class: "starttls", starttls: wanted })

export const loginIdReply = (sessionId: string, version: ProtocolVersion): ServerMessage => ({
  class: "login_id",
  sessionid: sessionId,
  [versionField(version)]: version
})

/** An error of `login_id`, `login_pass`, `login_capas` or `ipbxcommand`. */
export const errorReply = (
  name: "login_id" | "login_pass" | "login_capas" | "ipbxcommand" | "availstate",
  error: string
): ServerMessage => ({
  class: name,
  error_string: error
})

const list = (name: ListName, fn: string): ServerMessage => ({
  class: "getlist",
  function: fn,
  listname: name,
  tipbxid: IPBX_ID
})

export const listIds = (name: ListName, ids: ReadonlyArray<string>): ServerMessage => ({ ...list(name, "listid"), list: ids })

/** A change, or a reply. `id` is text, but for agents' broadcasts and where a request is echoed. */
export const updateConfig = (name: string, id: string | number | null, config: object): ServerMessage => ({
  class: "getlist",
  function: "updateconfig",
  listname: name,
  tipbxid: IPBX_ID,
  tid: id,
  config
})

export const updateStatus = (name: string, id: string | number | null, status: object | null): ServerMessage => ({
  class: "getlist",
  function: "updatestatus",
  listname: name,
  tipbxid: IPBX_ID,
  tid: id,
  status
})

export const addConfig = (name: ListName, ids: ReadonlyArray<string>): ServerMessage => ({
  ...list(name, "addconfig"),
  list: ids
})
export const delConfig = (name: ListName, ids: ReadonlyArray<string>): ServerMessage => ({
  ...list(name, "delconfig"),
  list: ids
})
