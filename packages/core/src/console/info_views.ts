/** What the info server shows (reference 8.2). No secret is ever among it: passwords are not read, not even to be hidden. */
import type { DirectorySnapshot } from "../directory/directory.ts"
import type { ListName } from "../protocol/client_command.ts"
import { IPBX_ID } from "../protocol/server_message.ts"
import {
  agentConfig,
  agentStatus,
  memberConfig,
  memberIds,
  phoneConfig,
  phoneStatus,
  queueConfig,
  queueStatus,
  userConfig,
  userStatus,
  voicemailConfig,
  voicemailStatus
} from "../protocol/views.ts"
import type { TelephonyState } from "../telephony/telephony_state.ts"
import type { ShownList } from "./info_server.ts"

/** The state that is shown. */
export interface InfoState {
  readonly directory: () => DirectorySnapshot
  readonly telephony: TelephonyState
  readonly presence: { readonly get: (userId: number) => string; readonly connected: (userId: number) => boolean }
}

const VERSION = "2.3"

/** As JSON, with nothing left that a terminal would obey. */
const shown = (value: unknown, indent = 0): string =>
  JSON.stringify(value, null, indent).replace(/[\u007f-\u009f\u2028\u2029]/g, (one) => {
    return `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`
  })

/** Plain where it is one word, else quoted. */
const word = (value: string | number | boolean | null): string => {
  const text = String(value)
  return /^[\p{L}\p{N}_./:@#*+-]+$/u.test(text) ? text : shown(text)
}

const pairs = (values: Readonly<Record<string, string | number | boolean | null>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${word(value)}`)
    .join(" ")

interface Item {
  readonly id: string
  readonly config: object | null
  readonly status: object | null
}

function* users({ directory, telephony, presence }: InfoState): Iterable<Item> {
  const snapshot = directory()
  for (const user of snapshot.data.users) {
    yield {
      id: String(user.id),
      config: {
        ...userConfig(snapshot, telephony, user, VERSION),
        login: user.login,
        password: "(hidden)",
        enabled: user.enabled,
        profile: user.profileId
      },
      status: userStatus(presence.get(user.id), presence.connected(user.id), "1.2")
    }
  }
}

function* phones({ directory, telephony }: InfoState): Iterable<Item> {
  for (const line of directory().data.lines) {
    const config = { ...phoneConfig(line, VERSION), context: line.context, device: line.device }
    yield { id: String(line.id), config, status: phoneStatus(telephony.phone(line.id)) }
  }
}

function* agents({ directory, telephony }: InfoState): Iterable<Item> {
  const snapshot = directory()
  for (const agent of snapshot.data.agents) {
    const status = agentStatus(snapshot, telephony.agents.agent(agent.id))
    yield { id: String(agent.id), config: agentConfig(agent), status }
  }
}

function* queues({ directory, telephony }: InfoState): Iterable<Item> {
  const snapshot = directory()
  for (const queue of snapshot.data.queues) {
    yield { id: String(queue.id), config: queueConfig(queue), status: queueStatus(snapshot, telephony, queue) }
  }
}

function* voicemails({ directory, telephony }: InfoState): Iterable<Item> {
  for (const voicemail of directory().data.voicemails) {
    const status = voicemailStatus(telephony.voicemail(voicemail.id))
    yield { id: String(voicemail.id), config: voicemailConfig(voicemail, VERSION), status }
  }
}

/** Config and status are the same object (reference 4.5). */
function* members({ directory, telephony }: InfoState): Iterable<Item> {
  const snapshot = directory()
  for (const id of memberIds(snapshot, telephony)) yield { id, config: memberConfig(snapshot, telephony, id), status: null }
}

const LISTS: ReadonlyArray<readonly [list: ListName, items: (state: InfoState) => Iterable<Item>]> = [
  ["users", users],
  ["phones", phones],
  ["agents", agents],
  ["queues", queues],
  ["queuemembers", members],
  ["voicemails", voicemails]
]

const INDENT = "        "

/** The lines of `showlist`, made one by one: there may be very many. */
export function* showList(state: InfoState, list: string, ids: string | null): Iterable<string> {
  yield `ipbxid : ${IPBX_ID}`
  for (const [name, items] of LISTS) {
    if (!name.includes(list)) continue
    yield `    ${name}`
    for (const { id, config, status } of items(state)) {
      if (ids !== null && !ids.includes(id)) continue
      yield `${INDENT}${name} ${word(id)}`
      yield `${INDENT}config: `
      for (const line of shown(config, 1).split("\n")) yield `${INDENT}${line}`
      yield status === null ? `${INDENT}status: None` : `${INDENT}status:`
      if (status === null) continue
      for (const line of shown(status, 1).split("\n")) yield `${INDENT}${line}`
    }
  }
}

/** One line for each object. */
export function* showAtAGlance(state: InfoState, list: ShownList): Iterable<string> {
  const snapshot = state.directory()
  switch (list) {
    case "users":
      for (const { id, login, fullName, lineIds } of snapshot.data.users) {
        const connected = state.presence.connected(id)
        yield pairs({ id, login, name: fullName, presence: state.presence.get(id), connected, lines: lineIds.join("/") })
      }
      return
    case "phones":
      for (const { id, device, number, context } of snapshot.data.lines) {
        yield pairs({ id, device, number, context, hint: state.telephony.phone(id) })
      }
      return
    case "agents":
      for (const { id, number, context } of snapshot.data.agents) {
        const { availability, login } = state.telephony.agents.agent(id)
        yield pairs({ id, number, context, availability, extension: login?.extension ?? null })
      }
      return
    case "queues":
      for (const { id, name, number, context } of snapshot.data.queues) {
        const size = [...state.telephony.agents.members()].filter((member) => member.queue === name).length
        yield pairs({ id, name, number, context, members: size })
      }
  }
}

/** An open connection, of whatever port. */
export interface OpenConnection {
  /** `cti`, `info`... */
  readonly port: string
  readonly connectionId: number
  readonly peer: { readonly address: string; readonly port: number }
  readonly encrypted: boolean
  /** Null: nobody is logged in there. */
  readonly user: { readonly id: number; readonly login: string; readonly version: string } | null
}

const place = ({ address, port }: OpenConnection["peer"]): string =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`

/** `show_logged`: who is logged in, from where. */
export const loggedLine = ({ peer, encrypted, user }: OpenConnection): ReadonlyArray<string> =>
  user === null ? [] : [`${pairs({ id: user.id, login: user.login, version: user.version, encrypted })} peer=${place(peer)}`]

/** `fdlist`: every open connection. */
export const connectionLine = ({ port, connectionId, peer, encrypted, user }: OpenConnection): string =>
  `${pairs({ port, connection: connectionId, encrypted, login: user?.login ?? null })} peer=${place(peer)}`
