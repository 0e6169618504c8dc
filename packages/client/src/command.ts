/** What this client says (reference 2, 3): constructors of wire objects. `commandid` is added when they are sent. */
import type { BoardForward } from "./board.ts"

/** A command without its `commandid`. */
export interface Command {
  readonly class: string
  readonly [key: string]: unknown
}

const IPBX_ID = "xivo"

export const getIpbxList: Command = { class: "getipbxlist" }
export const keepAlive: Command = { class: "keepalive" }
export const logout = (stopper: string): Command => ({ class: "logout", stopper })

/** What may be said with a presence; a server that does not know it takes the presence alone. */
export interface PresenceTerms {
  /** One line of at most 80 characters. */
  readonly note?: string
  /** Seconds since the epoch, later than now: then the user returns to the presence before. */
  readonly until?: number
}

export const setPresence = (presence: string, userId: string, { note, until }: PresenceTerms = {}): Command => ({
  class: "availstate",
  availstate: presence,
  ...(note === undefined ? {} : { note }),
  ...(until === undefined ? {} : { until }),
  ipbxid: IPBX_ID,
  userid: userId
})

export const listIds = (list: string): Command => ({
  class: "getlist",
  function: "listid",
  listname: list,
  tipbxid: IPBX_ID
})

export const getItem = (part: "config" | "status", list: string, id: string): Command => ({
  class: "getlist",
  function: `update${part}`,
  listname: list,
  tipbxid: IPBX_ID,
  tid: id
})

export const putFlag = (service: "enablednd" | "incallfilter", on: boolean): Command => ({
  class: "featuresput",
  function: service,
  value: on
})

export const putRecording = (userId: string, on: boolean): Command => ({
  class: "featuresput",
  function: "enablerecording",
  value: on,
  target: userId
})

/** The call forwards (reference 3.3). */
export type ForwardKind = "unconditional" | "busy" | "noAnswer"
const FORWARD_NAMES = { unconditional: "unc", busy: "busy", noAnswer: "rna" } as const

export const putForward = (kind: ForwardKind, forward: BoardForward): Command => ({
  class: "featuresput",
  function: "fwd",
  value: { [`enable${FORWARD_NAMES[kind]}`]: forward.enabled, [`dest${FORWARD_NAMES[kind]}`]: forward.destination }
})

const ipbxCommand = (command: string, fields: Readonly<Record<string, unknown>>): Command => ({
  class: "ipbxcommand",
  command,
  ...fields
})

const agentXid = (id: string | undefined): string => (id === undefined ? "agent:special:me" : `agent:${IPBX_ID}/${id}`)

/** `agentId` absent: the user's own agent. `extension` absent: the first one of the agent's user. */
export const agentLogin = (options: { readonly agentId?: string; readonly extension?: string }): Command =>
  ipbxCommand("agentlogin", {
    agentids: agentXid(options.agentId),
    ...(options.extension === undefined ? {} : { agentphonenumber: options.extension })
  })

export const agentLogout = (agentId?: string): Command => ipbxCommand("agentlogout", { agentids: agentXid(agentId) })

/** `queueId` may be `all`. */
export const pauseMember = (agentId: string, queueId: string, paused: boolean): Command =>
  ipbxCommand(paused ? "queuepause" : "queueunpause", { member: agentXid(agentId), queue: `queue:${IPBX_ID}/${queueId}` })

export const queueAdd = (agentId: string, queueId: string): Command =>
  ipbxCommand("queueadd", { member: agentXid(agentId), queue: queueId })

export const queueRemove = (agentId: string, queueId: string): Command =>
  ipbxCommand("queueremove", { member: agentXid(agentId), queue: queueId })

export const listen = (agentId: string): Command =>
  ipbxCommand("listen", { destination: `${IPBX_ID}/${agentId}`, subcommand: "start" })

/** What can be registered for (reference 3.9). */
export type StatusKind = "agent" | "endpoint" | "user"
/** The server's uuid, and the id (a user's uuid from 2.2 on). */
export type StatusKey = readonly [serverUuid: string, id: string | number]

export const register = (kind: StatusKind, keys: ReadonlyArray<StatusKey>, on: boolean): Command => ({
  class: `${on ? "" : "un"}register_${kind}_status_update`,
  [`${kind}_ids`]: keys
})
