/** The stored objects as the server's directory: the wire's and the database's names on one side, the field's words on the other. */
import type {
  Agent,
  CallQueue,
  DirectoryData,
  HintDisplay,
  Line,
  Profile,
  User,
  Voicemail,
  Xlet
} from "@ctid/core/directory/directory"
import type { Presence, PresenceGroup } from "@ctid/core/presence/presence_group"
import * as Redacted from "effect/Redacted"
import type { Json, JsonObject } from "./json.ts"
import { arrayAt, idAt, Malformed, objectAt, orNull, textAt, textsAt } from "./reader.ts"
import type { StoredState } from "./stored_state.ts"

const text = (object: JsonObject, key: string, place: string): string => orNull(textAt, object[key], `${place}.${key}`) ?? ""
const id = (object: JsonObject, key: string, place: string): number | null => orNull(idAt, object[key], `${place}.${key}`)
const whole = (object: JsonObject, key: string, place: string): number => id(object, key, place) ?? 0

const list = <A>(state: StoredState, key: string, read: (object: JsonObject, place: string) => A): ReadonlyArray<A> =>
  arrayAt(state[key] ?? [], key).map((item, index) => read(objectAt(item, `${key}[${index}]`), `${key}[${index}]`))

const entries = (state: StoredState, key: string): ReadonlyArray<readonly [string, JsonObject, string]> =>
  Object.entries(objectAt(state[key] ?? {}, key)).map(
    ([name, value]) => [name, objectAt(value, `${key}.${name}`), `${key}.${name}`] as const
  )

const user = (object: JsonObject, place: string): User => {
  const userId = idAt(object.id, `${place}.id`)
  const firstName = text(object, "firstname", place)
  const lastName = text(object, "lastname", place)
  return {
    id: userId,
    uuid: orNull(textAt, object.uuid, `${place}.uuid`) ?? `00000000-0000-4000-8000-${String(userId).padStart(12, "0")}`,
    firstName,
    lastName,
    fullName: orNull(textAt, object.fullname, `${place}.fullname`) ?? `${firstName} ${lastName}`.trim(),
    login: text(object, "login", place),
    password: { kind: "plain", value: Redacted.make(text(object, "password", place)) },
    enabled: object.enableclient !== 0 && object.enableclient !== false,
    profileId: id(object, "cti_profile_id", place),
    agentId: id(object, "agentid", place),
    voicemailId: id(object, "voicemailid", place),
    lineIds: arrayAt(object.lines ?? [], `${place}.lines`).map((line) => idAt(line, `a line of ${place}`)),
    mobilePhoneNumber: text(object, "mobilephonenumber", place),
    voicemailEnabled: object.enablevoicemail === 1 || object.enablevoicemail === true
  }
}

const line = (object: JsonObject, place: string): Line => {
  const protocol = text(object, "protocol", place).toLowerCase()
  const name = text(object, "name", place)
  return {
    id: idAt(object.id, `${place}.id`),
    protocol,
    name,
    device: protocol === "custom" ? name : `${protocol.toUpperCase()}/${name}`,
    context: text(object, "context", place),
    number: text(object, "number", place),
    callerId: orNull(textAt, object.callerid, `${place}.callerid`),
    userId: id(object, "user", place)
  }
}

interface Membership {
  readonly queue: string
  readonly member: string
  readonly penalty: number
}

const membership = (object: JsonObject, place: string): Membership => ({
  queue: textAt(object.queue, `${place}.queue`),
  member: textAt(object.member, `${place}.member`),
  penalty: whole(object, "penalty", place)
})

const agent =
  (members: ReadonlyArray<Membership>) =>
  (object: JsonObject, place: string): Agent => {
    const number = String(object.number ?? "")
    return {
      id: idAt(object.id, `${place}.id`),
      number,
      firstName: text(object, "firstname", place),
      lastName: text(object, "lastname", place),
      context: text(object, "context", place),
      queues: members.filter((one) => one.member === `Agent/${number}`).map(({ queue, penalty }) => ({ queue, penalty })),
      wrapUpSeconds: null
    }
  }

const queue =
  (members: ReadonlyArray<Membership>) =>
  (object: JsonObject, place: string): CallQueue => {
    const name = textAt(object.name, `${place}.name`)
    return {
      id: idAt(object.id, `${place}.id`),
      name,
      displayName: text(object, "displayname", place),
      number: text(object, "number", place),
      context: text(object, "context", place),
      staticMembers: members
        .filter((one) => one.queue === name && !one.member.startsWith("Agent/"))
        .map(({ member, penalty }) => ({ member, penalty }))
    }
  }

const voicemail = (object: JsonObject, place: string): Voicemail => ({
  id: idAt(object.id, `${place}.id`),
  mailbox: text(object, "mailbox", place),
  context: text(object, "context", place)
})

const xlet = (json: Json, place: string): Xlet => {
  const object = objectAt(json, place)
  const layout = textAt(object.layout, `${place}.layout`)
  if (layout !== "dock" && layout !== "grid" && layout !== "tab")
    throw new Malformed(`${place}.layout must be dock, grid or tab`)
  return {
    name: textAt(object.name, `${place}.name`),
    layout,
    floating: object.floating === true,
    closable: object.closable === true,
    movable: object.movable === true,
    scrollable: object.scrollable === true,
    order: whole(object, "order", place)
  }
}

/** A profile names its services and preferences; what is named there stands beside the profiles. */
const profile = (state: StoredState, name: string, object: JsonObject, place: string): Profile => {
  const services = objectAt(state.services ?? {}, "services")
  const preferences = objectAt(state.preferences ?? {}, "preferences")
  return {
    id: idAt(name, place),
    name: text(object, "name", place),
    xlets: arrayAt(object.xlets ?? [], `${place}.xlets`).map((item, index) => xlet(item, `${place}.xlets[${index}]`)),
    presenceGroup: text(object, "userstatus", place),
    hintGroup: text(object, "phonestatus", place),
    services: textsAt(services[text(object, "services", place)] ?? [], "services"),
    preferences: objectAt(preferences[text(object, "preferences", place)] ?? {}, "preferences")
  }
}

const presence = (name: string, json: Json, place: string): Presence => {
  const object = objectAt(json, place)
  return {
    name,
    longName: text(object, "longname", place),
    color: text(object, "color", place),
    allowed: orNull(textsAt, object.allowed, `${place}.allowed`),
    actions: Object.entries(objectAt(object.actions ?? {}, `${place}.actions`)).map(
      ([action, parameter]) => [action, String(parameter)] as const
    )
  }
}

const presenceGroup = (name: string, object: JsonObject, place: string): PresenceGroup => ({
  name,
  presences: new Map(Object.entries(object).map(([one, json]) => [one, presence(one, json, `${place}.${one}`)]))
})

const hintGroup = (object: JsonObject, place: string): ReadonlyMap<string, HintDisplay> =>
  new Map(
    Object.entries(object).map(([number, json]) => {
      const display = objectAt(json, `${place}.${number}`)
      return [number, { longName: text(display, "longname", place), color: text(display, "color", place) }]
    })
  )

/** Throws `Malformed` where the stored objects are not what they should be. */
export const directoryData = (state: StoredState): DirectoryData => {
  const members = list(state, "queuemembers", membership)
  return {
    serverUuid: textAt(state.xivo_uuid, "xivo_uuid"),
    users: list(state, "users", user),
    lines: list(state, "lines", line),
    agents: list(state, "agents", agent(members)),
    queues: list(state, "queues", queue(members)),
    voicemails: list(state, "voicemails", voicemail),
    profiles: entries(state, "profiles").map(([name, object, place]) => profile(state, name, object, place)),
    presenceGroups: entries(state, "userstatus").map(([name, object, place]) => presenceGroup(name, object, place)),
    hintGroups: new Map(entries(state, "phonestatus").map(([name, object, place]) => [name, hintGroup(object, place)]))
  }
}
