/**
 * Parting, also called context separation: who may see whom on a PBX that several companies share (reference 6). The context of
 * a user is that of his main line; a user without line has none, sees nothing and is seen by nobody.
 */

import { type DirectorySnapshot, mainLine, type User } from "../directory/directory.ts"
import type { ListName } from "../protocol/client_command.ts"

/** A context's name, or null for nobody's. */
export type ContextName = string | null

export const contextOfUser = (directory: DirectorySnapshot, user: User | undefined): ContextName =>
  user === undefined ? null : (mainLine(directory, user)?.context ?? null)

/** `Agent/2001,support` -> its parts; null when there is no comma. The queue's name has none. */
export const memberParts = (id: string): { readonly member: string; readonly queue: string } | null => {
  const comma = id.lastIndexOf(",")
  return comma < 0 ? null : { member: id.slice(0, comma), queue: id.slice(comma + 1) }
}

/** The context that an object belongs to. Queue members follow their queue. */
export const contextOf = (directory: DirectorySnapshot, list: ListName, id: number | string): ContextName => {
  switch (list) {
    case "users":
      return contextOfUser(directory, directory.users.get(Number(id)))
    case "phones":
      return directory.lines.get(Number(id))?.context ?? null
    case "agents":
      return directory.agents.get(Number(id))?.context ?? null
    case "queues":
      return directory.queues.get(Number(id))?.context ?? null
    case "voicemails":
      return directory.voicemails.get(Number(id))?.context ?? null
    case "queuemembers": {
      const parts = memberParts(String(id))
      return parts === null ? null : (directory.queuesByName.get(parts.queue)?.context ?? null)
    }
    case "meetmes":
      return null
  }
}

/** The rule itself. With separation off, everybody sees everything, with or without line. */
export const visible = (separation: boolean, viewer: ContextName, subject: ContextName): boolean =>
  !separation || (viewer !== null && viewer === subject)

/** Everybody, when contexts are not separated. */
const EVERYBODY = "*"

/** Who hears of an object of this context, and whom somebody of this context listens with; null: nobody. */
export const audienceOf = (separation: boolean, context: ContextName): string | null =>
  separation ? (context === null ? null : `=${context}`) : EVERYBODY
