/**
 * What a vector needs of the server besides sign-in, presence, lists, services, agents and hints. A server that does not serve
 * it yet lets the vector wait. Judged by what the vector sends and expects, never by its name: a command that is
 * not served would otherwise pass every test that expects nothing.
 */
import { isObject, type Json, type JsonObject } from "./json.ts"
import type { Vector } from "./vector.ts"
import type { Expectation } from "./vector_expect.ts"
import type { Send } from "./vector_send.ts"

export type Capability =
  | "conferences"
  | "queue statistics"
  | "queue entries"
  | "queue membership told by an agent service"
  | "list items that were not asked for"
  | "lamps"
  | "calls"
  | "call history"
  | "the switchboard"
  | "sheets"
  | "substitution"
  | "fax"
  | "directories"

type Needs = Set<Capability>

/** Classes of commands and of messages. */
const CLASSES: ReadonlyMap<string, Capability> = new Map<string, Capability>([
  ["faxsend", "fax"],
  ["fax_progress", "fax"],
  ["directory", "directories"],
  ["directory_headers", "the switchboard"],
  ["directory_search_result", "the switchboard"],
  ["get_switchboard_directory_headers", "the switchboard"],
  ["switchboard_directory_search", "the switchboard"],
  ["answer", "the switchboard"],
  ["hold_switchboard", "the switchboard"],
  ["resume_switchboard", "the switchboard"],
  ["unhold_switchboard", "the switchboard"],
  ["current_calls", "the switchboard"],
  ["current_call_attended_transfer_answered", "the switchboard"],
  ["current_call_attended_transfer_cancelled", "the switchboard"],
  ["hangup", "calls"],
  ["attended_transfer", "calls"],
  ["direct_transfer", "calls"],
  ["complete_transfer", "calls"],
  ["cancel_transfer", "calls"],
  ["blind_transfer_voicemail", "calls"],
  ["attended_transfer_voicemail", "calls"],
  ["dial_success", "calls"],
  ["history", "call history"],
  ["sheet", "sheets"],
  ["subscribetoqueuesstats", "queue statistics"],
  ["getqueuesstats", "queue statistics"],
  ["queueentryupdate", "queue entries"],
  ["meetme_update", "conferences"],
  ["meetme_user", "conferences"]
])

/** `message` of `subscribe`. */
const SUBSCRIPTIONS: ReadonlyMap<string, Capability> = new Map<string, Capability>([
  ["current_calls", "the switchboard"],
  ["queueentryupdate", "queue entries"],
  ["meetme_update", "conferences"]
])

/** `command` of `ipbxcommand`. */
const COMMANDS: ReadonlyMap<string, Capability> = new Map<string, Capability>([
  ["dial", "calls"],
  ["meetme", "conferences"]
])

/** Events of Asterisk, lower case. */
const EVENTS: ReadonlyMap<string, Capability> = new Map<string, Capability>([
  ["queuecallerjoin", "queue entries"],
  ["queuecallerleave", "queue entries"],
  ["queuecallerabandon", "queue entries"],
  ["join", "queue entries"],
  ["leave", "queue entries"],
  ["queueentry", "queue entries"],
  ["queueparams", "queue entries"],
  ["queuemember", "list items that were not asked for"],
  ["voicemailuserentry", "list items that were not asked for"],
  ["queuesummary", "queue statistics"],
  ["meetmejoin", "conferences"],
  ["meetmeleave", "conferences"],
  ["meetmemute", "conferences"],
  ["meetmelist", "conferences"],
  ["originateresponse", "calls"],
  ["hold", "calls"],
  ["unhold", "calls"],
  ["varset", "calls"],
  ["localoptimizationbegin", "calls"],
  ["agentcalled", "sheets"]
])

/** Event name of `UserEvent`, lower case. */
const USER_EVENTS: ReadonlyMap<string, Capability> = new Map<string, Capability>([
  ["agentaddedtoqueue", "queue membership told by an agent service"],
  ["agentremovedfromqueue", "queue membership told by an agent service"],
  ["user", "sheets"],
  ["queue", "sheets"],
  ["group", "sheets"],
  ["did", "sheets"],
  ["dialplan2cti", "sheets"],
  ["reverselookup", "sheets"],
  ["faxprogress", "fax"]
])

/** Actions sent to Asterisk, lower case. */
const ACTIONS: ReadonlyMap<string, Capability> = new Map<string, Capability>([
  ["atxfer", "calls"],
  ["redirect", "calls"],
  ["hangup", "calls"],
  ["meetmemute", "conferences"],
  ["meetmeunmute", "conferences"],
  ["confbridgemute", "conferences"],
  ["confbridgeunmute", "conferences"],
  ["queuesummary", "queue statistics"],
  ["pjsipnotify", "the switchboard"],
  ["sipnotify", "the switchboard"]
])

/** Keys of `given` and of a `state` step. */
const GIVEN: ReadonlyMap<string, Capability> = new Map<string, Capability>([
  ["current_calls", "calls"],
  ["channels", "calls"],
  ["call_log", "call history"],
  ["queue_stats_subscribers", "queue statistics"],
  ["queue_history", "queue statistics"],
  ["meetme_subscribers", "conferences"],
  ["directory", "directories"],
  ["sheets", "sheets"],
  ["variables", "substitution"]
])

/** Stored objects. */
const STORED: ReadonlyMap<string, Capability> = new Map<string, Capability>([
  ["meetmes", "conferences"],
  ["sheets", "sheets"]
])

const look = (needs: Needs, map: ReadonlyMap<string, Capability>, key: Json | undefined): void => {
  const found = typeof key === "string" ? map.get(key) : undefined
  if (found !== undefined) needs.add(found)
}

const lower = (value: Json | undefined): Json | undefined => (typeof value === "string" ? value.toLowerCase() : value)

/** A command of a client or a message to one. */
const ofMessage = (needs: Needs, message: Json): void => {
  if (!isObject(message)) return
  const name = message.class
  look(needs, CLASSES, name)
  if (name === "subscribe") look(needs, SUBSCRIPTIONS, message.message)
  if (name === "ipbxcommand") look(needs, COMMANDS, message.command)
  if (message.listname === "meetmes") needs.add("conferences")
  if (typeof name === "string" && name.startsWith("people_")) needs.add("directories")
}

const decoder = new TextDecoder()

/** Bytes that are not given as a message may still hold some. */
const ofBytes = (needs: Needs, bytes: Uint8Array): void => {
  for (const line of decoder.decode(bytes).split("\n")) {
    try {
      ofMessage(needs, JSON.parse(line) as Json) // JSON.parse makes JSON
    } catch {
      // not JSON: no command
    }
  }
}

const ofSend = (needs: Needs, send: Send): void => {
  switch (send._tag) {
    case "Bytes":
      return ofBytes(needs, send.bytes)
    case "AmiEvent": {
      const header = (name: string): string | undefined =>
        send.headers.find(([one]) => one.toLowerCase() === name)?.[1].toLowerCase()
      look(needs, EVENTS, header("event"))
      if (header("event") === "userevent") look(needs, USER_EVENTS, header("userevent"))
      return
    }
    case "State":
      return ofGiven(needs, send.set)
    case "Database": {
      const { patch, add, remove } = send.change
      for (const path of [...Object.keys(patch), ...Object.keys(add), ...Object.keys(remove)]) {
        look(needs, STORED, path.split(".")[0])
      }
      return
    }
    case "Port":
      if (/^xivo\[meetme,/.test(send.text)) needs.add("conferences")
      return
    case "TlsHandshake":
      return
    case "Function":
      needs.add(send.name === "decode_payload" ? "sheets" : "substitution")
  }
}

const ofAction = (needs: Needs, headers: JsonObject): void => {
  look(needs, ACTIONS, lower(headers.Action))
  const command = headers.Command
  if (typeof command === "string" && /^devstate change custom:\*/i.test(command)) needs.add("lamps")
  if (lower(headers.Action) === "originate" && lower(headers.Application) !== "chanspy") needs.add("calls")
}

const ofExpectation = (needs: Needs, expectation: Expectation): void => {
  switch (expectation._tag) {
    case "Messages":
      for (const pattern of expectation.patterns) ofMessage(needs, pattern)
      return
    case "Action": {
      const { pattern } = expectation
      return ofAction(needs, pattern._tag === "Exact" ? Object.fromEntries(pattern.headers) : pattern.headers)
    }
    case "Elsewhere":
      return
    case "AgentChange":
    case "BusEvent":
    case "Encrypted":
    case "Closed":
    case "None":
      return
  }
}

const ofGiven = (needs: Needs, given: JsonObject): void => {
  for (const key of Object.keys(given)) look(needs, GIVEN, key)
}

/** What the vector needs beyond the ground, in the order in which it is met. */
export const needsOf = (vector: Vector): ReadonlySet<Capability> => {
  const needs: Needs = new Set()
  ofGiven(needs, vector.given)
  for (const send of vector.send) ofSend(needs, send)
  for (const expectation of vector.expect) ofExpectation(needs, expectation)
  return needs
}
