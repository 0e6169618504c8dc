/** Who may see what on a PBX that companies share: the specification (reference 6.2, 6.3). */
import type { DirectoryData } from "@ctid/core"

/** What is declared, and whether contexts are separated. */
export interface Partition {
  readonly directory: DirectoryData
  readonly separation: boolean
}

export type PartedList = "users" | "phones" | "agents" | "queues" | "voicemails" | "queuemembers"

/** An object of a list: its id as the list has it. */
export interface Subject {
  readonly list: PartedList
  readonly id: number | string
}

/** Where an object belongs; null: nowhere. A user belongs where his main line does, a queue member where its queue does. */
export const placeOf = ({ directory }: Partition, { list, id }: Subject): string | null => {
  const { agents, lines, queues, users, voicemails } = directory
  const lineContext = (lineId: number): string | null => lines.find((line) => line.id === lineId)?.context ?? null
  switch (list) {
    case "users": {
      const mine = users.find((user) => user.id === id)?.lineIds ?? []
      return mine.map(lineContext).find((context) => context !== null) ?? null
    }
    case "phones":
      return lineContext(Number(id))
    case "agents":
      return agents.find((agent) => agent.id === id)?.context ?? null
    case "queues":
      return queues.find((queue) => queue.id === id)?.context ?? null
    case "voicemails":
      return voicemails.find((voicemail) => voicemail.id === id)?.context ?? null
    case "queuemembers":
      return queues.find((queue) => String(id).endsWith(`,${queue.name}`))?.context ?? null
  }
}

/** Whether the user with this id may see it. */
export const maySee = (partition: Partition, viewer: number, subject: Subject): boolean => {
  if (!partition.separation) return true
  const mine = placeOf(partition, { list: "users", id: viewer })
  return mine !== null && mine === placeOf(partition, subject)
}
