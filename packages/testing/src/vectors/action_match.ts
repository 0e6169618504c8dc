/** Actions sent to Asterisk: whether one is what a vector expects, and which ones count. */
import { header } from "./agent_change.ts"
import { isArray, type Json } from "./json.ts"
import { assigned, matches } from "./matching.ts"
import type { ActionRecord } from "./recording.ts"
import type { ActionPattern } from "./vector_expect.ts"

const valueMatches = (wanted: Json, came: string): boolean =>
  matches(typeof wanted === "string" ? wanted : String(wanted), came)

export const actionFits = (pattern: ActionPattern, action: ActionRecord): boolean => {
  if (pattern._tag === "Exact") {
    return (
      pattern.headers.length === action.headers.length &&
      pattern.headers.every(([name, value], index) => {
        const [cameName = "", came = ""] = action.headers[index] ?? []
        return name.toLowerCase() === cameName.toLowerCase() && valueMatches(value, came)
      })
    )
  }
  const values = (name: string): ReadonlyArray<string> =>
    action.headers.filter(([one]) => one.toLowerCase() === name.toLowerCase()).map(([, value]) => value)
  const subset = Object.entries(pattern.headers).every(([name, wanted]) => {
    const came = values(name)
    if (came.length === 0) return matches({ value: wanted }, {})
    return isArray(wanted) ? assigned(wanted, came) !== null : came.some((value) => valueMatches(wanted, value))
  })
  return subset && assigned(pattern.variables, values("Variable")) !== null
}

export const actionText = (action: ActionRecord): string =>
  action.headers.map(([name, value]) => `${name}: ${value}`).join(", ")

/** Asked at start, at a resync or to stay alive: never counted as messages (reference 14). */
const ROUTINE = new Set([
  "challenge",
  "login",
  "logoff",
  "ping",
  "events",
  "filter",
  "listcommands",
  "coresettings",
  "corestatus",
  "coreshowchannels",
  "status",
  "bridgelist",
  "bridgeinfo",
  "queuestatus",
  "queuesummary",
  "extensionstate",
  "extensionstatelist",
  "devicestatelist",
  "presencestatelist",
  "showdialplan",
  "dbget",
  "dbgettree",
  "voicemailuserslist",
  "voicemailuserstatus",
  "mailboxcount",
  "mailboxstatus",
  "mwiget",
  "meetmelist",
  "confbridgelist",
  "confbridgelistrooms",
  "userevent"
])
export const isRoutine = (action: ActionRecord): boolean => ROUTINE.has(header(action, "Action")?.toLowerCase() ?? "")

/** What to show when an action was missed. */
export const cameActions = (actions: ReadonlyArray<ActionRecord>): string => {
  const told = actions.filter((one) => !isRoutine(one))
  return told.length === 0 ? "no action" : told.slice(-6).map(actionText).join("; ")
}
