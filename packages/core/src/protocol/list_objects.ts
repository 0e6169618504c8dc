/** The lists of reference 3.2: which objects are in them, and what a client is told of one. */
import type { ProtocolVersion } from "../config/settings.ts"
import type { DirectorySnapshot } from "../directory/directory.ts"
import type { TelephonyState } from "../telephony/telephony_state.ts"
import type { ListName } from "./client_command.ts"
import { agentConfig, memberConfig, memberIds, phoneConfig, queueConfig, userConfig, voicemailConfig } from "./views.ts"

/** Ids of everything in a list, whoever may see it. Numbers, but for queue members. */
export const listedIds = (
  directory: DirectorySnapshot,
  state: TelephonyState,
  list: ListName
): ReadonlyArray<number | string> => {
  switch (list) {
    case "users":
      return directory.data.users.map((user) => user.id)
    case "phones":
      return directory.data.lines.map((line) => line.id)
    case "agents":
      return directory.data.agents.map((agent) => agent.id)
    case "queues":
      return directory.data.queues.map((queue) => queue.id)
    case "voicemails":
      return directory.data.voicemails.map((voicemail) => voicemail.id)
    case "queuemembers":
      return memberIds(directory, state)
    case "meetmes":
      return []
  }
}

/** The config of one object as clients of this version see it; empty where there is no such object. */
export const listedConfig = (
  directory: DirectorySnapshot,
  state: TelephonyState,
  version: ProtocolVersion,
  list: ListName,
  id: number | string
): object => {
  const number = Number(id)
  switch (list) {
    case "users": {
      const user = directory.users.get(number)
      return user === undefined ? {} : userConfig(directory, state, user, version)
    }
    case "phones": {
      const line = directory.lines.get(number)
      return line === undefined ? {} : phoneConfig(line, version)
    }
    case "agents": {
      const agent = directory.agents.get(number)
      return agent === undefined ? {} : agentConfig(agent)
    }
    case "queues": {
      const queue = directory.queues.get(number)
      return queue === undefined ? {} : queueConfig(queue)
    }
    case "voicemails": {
      const voicemail = directory.voicemails.get(number)
      return voicemail === undefined ? {} : voicemailConfig(voicemail, version)
    }
    case "queuemembers":
      return memberConfig(directory, state, String(id)) ?? {}
    case "meetmes":
      return {}
  }
}
