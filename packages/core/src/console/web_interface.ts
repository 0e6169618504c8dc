/** What the administration pages say to the web interface port (reference 8.1): the grammar, both of its generations. */
import type { ObjectList } from "../config/live_config.ts"

/** What happened to an object. */
export type ObjectChange = "add" | "edit" | "delete"

export type WebCommand =
  /** Reads the whole configuration again. */
  | { readonly _tag: "Reload" }
  /** Reads the declared members of queues again. */
  | { readonly _tag: "QueueMembers" }
  | { readonly _tag: "Object"; readonly list: ObjectList; readonly change: ObjectChange; readonly id: number }
  /** Accepted; there is nothing to do for it here. */
  | { readonly _tag: "Nothing"; readonly what: string }
  /** A command of Asterisk's command line, one of those that are allowed. */
  | { readonly _tag: "Asterisk"; readonly command: string }
  | { readonly _tag: "Unknown"; readonly reason: string }

/** How the answer is wanted: none at all, or (2012, `sync:`) the output and a status before the end. */
export interface WebRequest {
  readonly answered: boolean
  readonly command: WebCommand
}

/** The kinds of objects, and those that are accepted and have no list here. */
const LISTS: ReadonlyMap<string, ObjectList | null> = new Map<string, ObjectList | null>([
  ["user", "users"],
  ["phone", "phones"],
  ["agent", "agents"],
  ["queue", "queues"],
  ["voicemail", "voicemails"],
  ["meetme", null],
  ["device", null],
  ["line", null]
])

/** Null: it does nothing, as in the original. */
const CHANGES: ReadonlyMap<string, ObjectChange | null> = new Map<string, ObjectChange | null>([
  ["add", "add"],
  ["edit", "edit"],
  ["enable", "edit"],
  ["disable", "edit"],
  ["delete", "delete"],
  ["deleteall", null]
])

/** Of `xivo[<x>list,update]`, with whether there is anything here that could have changed. */
const READ_AGAIN: ReadonlyMap<string, boolean> = new Map([
  ["user", true],
  ["line", true],
  ["phone", true],
  ["agent", true],
  ["queue", true],
  ["voicemail", true],
  ["device", false],
  ["trunk", false],
  ["group", false],
  ["meetme", false],
  ["incall", false],
  ["phonebook", false]
])

const ASTERISK_COMMANDS: ReadonlySet<string> = new Set([
  "core show version",
  "core show channels",
  "dialplan reload",
  "sccp reload",
  "sip reload",
  "moh reload",
  "iax2 reload",
  "module reload",
  "module reload app_queue.so",
  "module reload chan_agent.so",
  "module reload app_meetme.so",
  "module reload chan_sccp.so",
  "features reload",
  "voicemail reload",
  "sccp show version",
  "sccp show devices",
  "sccp show config",
  "sccp update config"
])

const SIP_PEER = /^sip show peer [0-9A-Za-z_.-]{1,80}$/

/** Whether this is one of the commands of Asterisk that may be asked for here (reference 8.1). */
export const isAsteriskCommand = (text: string): boolean => ASTERISK_COMMANDS.has(text) || SIP_PEER.test(text)

const OBJECT = /^xivo\[([^\],]*),(add|edit|delete|deleteall|enable|disable),([^\]]*)\]/
const LIST = /^xivo\[([a-z]+)list,update\]$/

const unknown = (reason: string): WebCommand => ({ _tag: "Unknown", reason })

/** What both generations have. */
const common = (text: string): WebCommand | null => {
  if (text === "xivo[cticonfig,update]") return { _tag: "Reload" }
  return text === "xivo[queuemember,update]" ? { _tag: "QueueMembers" } : null
}

const ofHead = (text: string): WebCommand => {
  const known = common(text)
  if (known !== null) return known
  const [match, object = "", state = "", id = ""] = OBJECT.exec(text) ?? []
  if (match === undefined) return unknown("no command")
  const [list, change] = [LISTS.get(object), CHANGES.get(state)]
  if (list === undefined) return unknown("no such kind of object")
  if (list === null || change === null || change === undefined) return { _tag: "Nothing", what: `${object},${state}` }
  return /^[0-9]{1,15}$/.test(id) ? { _tag: "Object", list, change, id: Number(id) } : unknown("no such id")
}

const of2012 = (text: string): WebCommand => {
  const known = common(text)
  if (known !== null) return known
  // a restart is the administrator's; what it was asked for is that changes apply
  if (text === "xivo[daemon,reload]") return { _tag: "Reload" }
  const [, what = ""] = LIST.exec(text) ?? []
  const present = READ_AGAIN.get(what)
  if (present !== undefined) return present ? { _tag: "Reload" } : { _tag: "Nothing", what: `${what}list` }
  if (isAsteriskCommand(text)) return { _tag: "Asterisk", command: text }
  return unknown("no command")
}

/** Reads one command. White space at its end does not count. */
export const readWebCommand = (raw: string): WebRequest => {
  const text = raw.trimEnd()
  const match = /^(a?sync):(.*)$/s.exec(text)
  if (match === null) return { answered: false, command: ofHead(text) }
  const [, kind = "", message = ""] = match
  return { answered: kind === "sync", command: of2012(message) }
}

/** A text that needs no line feed to be a command: nothing that could follow would change it. */
export const isWholeCommand = (text: string): boolean => {
  const trimmed = text.trimEnd()
  if (/^(a?sync:)?xivo\[/.test(trimmed)) return trimmed.endsWith("]")
  // what does not begin like a command does not become one
  return !["xivo[", "sync:", "async:"].some((beginning) =>
    trimmed.length < beginning.length ? beginning.startsWith(trimmed) : trimmed.startsWith(beginning)
  )
}

/** The first line of an answer. The PBX is always called the same. */
export const ANSWER_FIRST = "XIVO-CLI-WEBI:ID <xivo>"

/** The last line of an answer. */
export const answerLast = (done: boolean): string => `XIVO-CLI-WEBI:${done ? "OK" : "KO"}`
