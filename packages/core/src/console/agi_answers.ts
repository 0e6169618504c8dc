/** What each function of Fast AGI answers (reference 8.4). Pure: the present state is handed in. */
import { type DirectorySnapshot, deviceKey, type Line, lineKey, mainLine, type User } from "../directory/directory.ts"
import type { AgiRequest, AgiVariable } from "./fast_agi.ts"

/** What the answers are made of. */
export interface AgiWorld {
  readonly directory: DirectorySnapshot
  readonly presence: (userId: number) => string
  readonly connected: (userId: number) => boolean
}

/** What the dialplan is told when Asterisk cannot be reached, or there is no answer: `XIVO_CTI_AGI`. */
export const agiFailed: AgiVariable = { name: "XIVO_CTI_AGI", value: "FAIL" }

/** Presence group -> presence -> number of connected users in it. */
const presenceCounts = ({ directory, presence, connected }: AgiWorld): string => {
  const counts: Record<string, Record<string, number>> = {}
  for (const group of directory.presenceGroups.values()) {
    counts[group.name] = Object.fromEntries([...group.presences.keys()].map((name) => [name, 0]))
  }
  for (const user of directory.data.users) {
    const profile = user.profileId === null ? undefined : directory.profiles.get(user.profileId)
    const group = profile === undefined ? undefined : counts[profile.presenceGroup]
    const name = presence(user.id)
    const before = group?.[name]
    if (group !== undefined && before !== undefined && connected(user.id)) group[name] = before + 1
  }
  return JSON.stringify(counts)
}

interface CallerId {
  readonly name: string
  readonly number: string
}

/** `"Alice Moss" <1003>`, or a bare name or number. */
const readCallerId = (text: string, number: string): CallerId | null => {
  const match = /^\s*"?([^"<]*?)"?\s*(?:<([^>]*)>)?\s*$/.exec(text)
  const name = match?.[1]?.trim() ?? ""
  return name === "" ? null : { name, number: match?.[2]?.trim() || number }
}

const ofUser = (user: User | undefined, number: string): CallerId | null =>
  user === undefined || user.fullName === "" ? null : { name: user.fullName, number }

/** What a line says of whoever calls from it. */
const ofLine = (directory: DirectorySnapshot, line: Line): CallerId | null => {
  const own = line.callerId === null ? null : readCallerId(line.callerId, line.number)
  return own ?? (line.userId === null ? null : ofUser(directory.users.get(line.userId), line.number))
}

/** `PJSIP/1003-0000002a` -> `PJSIP/1003`. */
const deviceOf = (channel: string): string => channel.replace(/-[0-9a-f]+(;[12])?$/i, "")

/** Who has this number, among those who may be known in a context. */
const reverse = (directory: DirectorySnapshot, number: string, context: string): CallerId | null => {
  const line = directory.linesByExtension.get(lineKey(number, context))
  if (line !== undefined) return ofLine(directory, line)
  const user = directory.data.users.find(
    (one) => one.mobilePhoneNumber === number && mainLine(directory, one)?.context === context
  )
  return ofUser(user, number)
}

const callerOf = (directory: DirectorySnapshot, request: AgiRequest): CallerId | null => {
  const number = request.get("agi_callerid")
  const name = request.get("agi_calleridname")
  // Asterisk has a name already
  if (name !== number && name !== "unknown") return null
  const phone = directory.linesByDevice.get(deviceKey(deviceOf(request.get("agi_channel"))))
  const own = phone === undefined ? null : ofLine(directory, phone)
  if (own !== null) return own
  if (number === "" || number === "unknown") return null
  const called = directory.users.get(Number(request.args[0]))
  const contexts = [request.get("agi_context"), called === undefined ? undefined : mainLine(directory, called)?.context]
  for (const context of contexts) {
    const found = context === undefined ? null : reverse(directory, number, context)
    if (found !== null) return found
  }
  return null
}

/** Nothing that would end a name or begin a number. */
const inCallerId = (text: string): string => text.replace(/["<>\\]/g, "'")

const callerVariables = ({ name, number }: CallerId): ReadonlyArray<AgiVariable> => {
  const [safeName, safeNumber] = [inCallerId(name), inCallerId(number)]
  return [
    { name: "CALLERID(all)", value: `"${safeName}" <${safeNumber}>` },
    { name: "CALLERID(name)", value: safeName },
    { name: "CALLERID(number)", value: safeNumber }
  ]
}

/** The variables of an answer; a function that nobody knows sets none. */
export const agiAnswer = (world: AgiWorld, request: AgiRequest): ReadonlyArray<AgiVariable> => {
  switch (request.script) {
    case "presence":
      return request.args.length === 0 ? [] : [{ name: "XIVO_PRESENCE", value: presenceCounts(world) }]
    case "callerid_extend": {
      const type = request.get("agi_callington")
      return type === "" ? [] : [{ name: "XIVO_SRCTON", value: type }]
    }
    case "callerid_forphones": {
      const caller = callerOf(world.directory, request)
      return caller === null ? [] : callerVariables(caller)
    }
    default:
      return []
  }
}
