/** Declared items, in the file's words, become the objects of the directory. */

import type * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Agent, CallQueue, DirectoryData, Line, Profile, User, Voicemail } from "../directory/directory.ts"
import type { AgentItem, Declared, LineItem, ProfileItem, QueueItem, UserItem, VoicemailItem } from "./declared.ts"
import { factoryXlets } from "./factory.ts"
import { userUuid } from "./user_uuid.ts"

const lineName = (item: LineItem): string => item.name ?? item.number

/** The device of a line: `<PROTOCOL>/<name>` where it is not given. */
export const lineDevice = (item: LineItem): string => item.device ?? `${item.protocol.toUpperCase()}/${lineName(item)}`

const toLine = (item: LineItem, owner: number | null): Line => ({
  id: item.id,
  protocol: item.protocol.toLowerCase(),
  name: lineName(item),
  device: lineDevice(item),
  context: item.context,
  number: item.number,
  callerId: item.callerid,
  userId: owner
})

const toAgent = (item: AgentItem): Agent => ({
  id: item.id,
  number: item.number,
  firstName: item.firstname,
  lastName: item.lastname,
  context: item.context,
  queues: item.queues,
  wrapUpSeconds: item.wrapup
})

const toQueue = (item: QueueItem): CallQueue => ({
  id: item.id,
  name: item.name,
  displayName: item.displayname ?? item.name,
  number: item.number,
  context: item.context,
  staticMembers: item.members
})

const toVoicemail = (item: VoicemailItem): Voicemail => ({ id: item.id, mailbox: item.mailbox, context: item.context })

const toProfile = (item: ProfileItem): Profile => ({
  id: item.id,
  name: item.name,
  xlets: item.xlets ?? factoryXlets,
  presenceGroup: item.presences,
  hintGroup: item.hints,
  services: item.services,
  preferences: item.preferences
})

const toUser = (item: UserItem, uuid: string, lineIds: ReadonlyArray<number>, profileId: number | null): User => {
  const fullName = `${item.firstname} ${item.lastname}`.trim()
  return {
    id: item.id,
    uuid,
    firstName: item.firstname,
    lastName: item.lastname,
    fullName: item.fullname ?? (fullName === "" ? item.login : fullName),
    login: item.login,
    password:
      item.plain_password === null
        ? { kind: "hash", value: Redacted.make(item.password ?? "") }
        : { kind: "plain", value: item.plain_password },
    enabled: item.enabled,
    profileId,
    agentId: item.agent,
    voicemailId: item.voicemail,
    lineIds,
    mobilePhoneNumber: item.mobile,
    voicemailEnabled: item.voicemail_enabled ?? item.voicemail !== null
  }
}

/** The directory of a configuration that passed every check. */
export const toDirectory = Effect.fnUntraced(function* (
  serverUuid: string,
  declared: Declared
): Effect.fn.Return<DirectoryData, never, Digest.Digest> {
  const profiles = declared.profiles.accepted.map(({ value }) => toProfile(value))
  const profileIds = new Map(profiles.map((profile) => [profile.name, profile.id]))
  const owners = new Map<number, number>()
  const linesOf = new Map<number, Array<number>>()
  for (const { value: user } of declared.users.accepted) {
    linesOf.set(user.id, [...user.lines])
    for (const line of user.lines) owners.set(line, user.id)
  }
  for (const { value: line } of declared.lines.accepted) {
    if (line.user === null || owners.has(line.id)) continue
    owners.set(line.id, line.user)
    linesOf.get(line.user)?.push(line.id)
  }
  const users: Array<User> = []
  for (const { value: item } of declared.users.accepted) {
    const uuid = item.uuid ?? (yield* userUuid(serverUuid, item.id))
    const profile = item.profile === undefined ? (profiles[0]?.id ?? null) : (profileIds.get(item.profile ?? "") ?? null)
    users.push(toUser(item, uuid, linesOf.get(item.id) ?? [], profile))
  }
  return {
    serverUuid,
    users,
    lines: declared.lines.accepted.map(({ value }) => toLine(value, owners.get(value.id) ?? null)),
    agents: declared.agents.accepted.map(({ value }) => toAgent(value)),
    queues: declared.queues.accepted.map(({ value }) => toQueue(value)),
    voicemails: declared.voicemails.accepted.map(({ value }) => toVoicemail(value)),
    profiles,
    presenceGroups: [...declared.presenceGroups.values()],
    hintGroups: declared.hintGroups
  }
})
