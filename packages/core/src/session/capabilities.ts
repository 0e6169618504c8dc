/** The answer to a successful `login_capas`: what the client may show (reference 2.7). */
import type { ProtocolVersion } from "../config/settings.ts"
import type { DirectorySnapshot, Profile, User, Xlet } from "../directory/directory.ts"
import type { PresenceGroup } from "../presence/presence_group.ts"
import { IPBX_ID, type ServerMessage } from "../protocol/server_message.ts"

const dockLetters = (xlet: Xlet): string =>
  (xlet.floating ? "f" : "") + (xlet.closable ? "c" : "") + (xlet.movable ? "m" : "") + (xlet.scrollable ? "s" : "")

/** `[name, layout]`, for a dock its letters, and the order where it is not 0. */
const xletItem = (xlet: Xlet): ReadonlyArray<string> => {
  const item = [xlet.name, xlet.layout as string]
  if (xlet.layout === "dock") item.push(dockLetters(xlet))
  if (xlet.order !== 0) item.push(String(xlet.order))
  return item
}

const userStatus = (group: PresenceGroup | undefined): object => {
  const status: Record<string, object> = {}
  for (const presence of group?.presences.values() ?? []) {
    status[presence.name] = {
      longname: presence.longName,
      color: presence.color,
      ...(presence.allowed === null ? {} : { allowed: presence.allowed }),
      actions: Object.fromEntries(presence.actions)
    }
  }
  return status
}

const phoneStatus = (directory: DirectorySnapshot, name: string): object => {
  const status: Record<string, object> = {}
  for (const [state, display] of directory.hintGroups.get(name) ?? []) {
    status[state] = { longname: display.longName, color: display.color }
  }
  return status
}

export const capabilities = (
  directory: DirectorySnapshot,
  user: User,
  profile: Profile,
  version: ProtocolVersion
): ServerMessage => ({
  class: "login_capas",
  ipbxid: IPBX_ID,
  userid: String(user.id),
  appliname: profile.name,
  capaxlets: profile.xlets.map(xletItem),
  capas: {
    preferences: Object.keys(profile.preferences).length === 0 ? false : profile.preferences,
    services: profile.services.length === 0 ? [""] : profile.services,
    userstatus: userStatus(directory.presenceGroups.get(profile.presenceGroup)),
    phonestatus: phoneStatus(directory, profile.hintGroup),
    ...(version === "1.2" ? { regcommands: {}, ipbxcommands: {} } : {})
  }
})
