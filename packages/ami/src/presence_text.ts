/** Values of `PRESENCE_STATE` as Asterisk takes and keeps them: `away,subtype,message`, the last two in base64 after an `e`. */
import type { PhonePresence } from "@ctid/core/presence/phone_presence"
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import { marked, NOTHING, type PresenceValue } from "./line_presence.ts"

/** What is written for a presence. */
export const presenceValue = ({ state, presence, message }: PhonePresence): PresenceValue => ({
  state,
  subtype: marked(presence),
  message
})

/** Nothing is set, and that is ours. */
export const cleared: PresenceValue = { state: "not_set", subtype: marked(""), message: "" }

/** In base64 throughout: commas, quotes and backslashes mean something to Asterisk. */
export const formatPresence = ({ state, subtype, message }: PresenceValue): string =>
  `${state},${Base64.encode(subtype)},${Base64.encode(message)},e`

const decoded = (text: string): string => Result.getOrElse(Base64.decodeString(text), () => text)

/** What AstDB holds, whoever wrote it. */
export const parsePresence = (text: string): PresenceValue => {
  const [state = "", subtype = "", message = "", options = ""] = text.split(",")
  if (state.trim() === "") return NOTHING
  const read = options.includes("e") ? decoded : (plain: string) => plain
  return { state: state.trim(), subtype: read(subtype), message: read(message) }
}
