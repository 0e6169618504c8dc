/** Checks of a configuration as a whole: what must be there once only, and what refers to something else. */
import { deviceKey } from "../directory/directory.ts"
import { AUTOMATIC_CAUSES, DISCONNECTED } from "../presence/presence_group.ts"
import type { Declared, Item, LineItem, List, UserItem } from "./declared.ts"
import { refuse, type Source } from "./decode.ts"
import { didYouMean } from "./did_you_mean.ts"
import { lineDevice } from "./directory_objects.ts"
import { type ConfigPath, formatPath } from "./problem.ts"
import { type ServiceTemplates, templateConflicts } from "./template_conflicts.ts"

const seen = (source: Source, path: ConfigPath): string => {
  const { file, line } = source.position(path)
  return `${formatPath(path)}, ${file}:${line}`
}

/** Refuses the later ones of items that share a key; null: no key. */
const once = <A>(
  source: Source,
  list: List<A>,
  option: string,
  key: (value: A) => string | number | null,
  what: string,
  found?: (value: A) => string
): void => {
  const first = new Map<string | number, number>()
  for (const { index, value } of list.accepted) {
    const mark = key(value)
    if (mark === null) continue
    const other = first.get(mark)
    if (other === undefined) first.set(mark, index)
    else refuse(source, [list.name, index, option], `${what} (${seen(source, [list.name, other])}, has it)`, found?.(value))
  }
}

/** Refuses a reference to something that the file does not declare. */
const known = (source: Source, path: ConfigPath, value: unknown, all: ReadonlySet<unknown>, what: string): void => {
  if (!all.has(value)) refuse(source, path, what)
}

const checkUnique = (source: Source, declared: Declared): void => {
  const { users, lines, agents, queues, voicemails, profiles } = declared
  once(source, users, "id", (user) => user.id, "an id that no other user has")
  once(source, users, "uuid", (user) => user.uuid, "a uuid that no other user has")
  once(source, users, "login", (user) => user.login, "a login that no other user has")
  once(source, users, "agent", (user) => user.agent, "an agent that no other user is")
  once(source, lines, "id", (line) => line.id, "an id that no other line has")
  once(
    source,
    lines,
    "number",
    (line) => `${line.number}@${line.context}`,
    "a number that no other line of its context has",
    (line) => JSON.stringify(`${line.number}@${line.context}`)
  )
  once(
    source,
    lines,
    "device",
    (line) => deviceKey(lineDevice(line)),
    "a device that no other line has",
    (line) => JSON.stringify(lineDevice(line))
  )
  once(source, agents, "id", (agent) => agent.id, "an id that no other agent has")
  once(source, agents, "number", (agent) => agent.number, "a number that no other agent has")
  once(source, queues, "id", (queue) => queue.id, "an id that no other queue has")
  once(source, queues, "name", (queue) => queue.name, "a name that no other queue has")
  once(
    source,
    queues,
    "number",
    (queue) => (queue.number === "" ? null : `${queue.number}@${queue.context}`),
    "a number that no other queue of its context has"
  )
  once(source, voicemails, "id", (voicemail) => voicemail.id, "an id that no other voicemail has")
  once(
    source,
    voicemails,
    "mailbox",
    (voicemail) => `${voicemail.mailbox}@${voicemail.context}`,
    "a mailbox that no other voicemail of its context has"
  )
  once(source, profiles, "id", (profile) => profile.id, "an id that no other profile has")
  once(source, profiles, "name", (profile) => profile.name, "a name that no other profile has")
}

const checkUsers = (source: Source, declared: Declared): void => {
  const lineIds = declared.lines.rawValues("id")
  const agentIds = declared.agents.rawValues("id")
  const voicemailIds = declared.voicemails.rawValues("id")
  const profileNames = declared.profiles.rawValues("name")
  for (const { index, value: user } of declared.users.accepted) {
    const path = ["users", index] as const
    if (user.password === null && user.plain_password === null) {
      refuse(source, [...path], "a password (a hash that `ctid passwd` makes) or a plain_password", "neither")
    }
    if (user.password !== null && user.plain_password !== null) {
      refuse(source, [...path, "plain_password"], "either password or plain_password", "both")
    }
    if (typeof user.profile === "string" && !profileNames.has(user.profile)) {
      const names = [...profileNames].filter((name) => typeof name === "string")
      refuse(
        source,
        [...path, "profile"],
        `the name of a profile: ${didYouMean(user.profile, names.length > 0 ? names : ["Client"])}`
      )
    }
    if (user.agent !== null) known(source, [...path, "agent"], user.agent, agentIds, "the id of one of agents")
    if (user.voicemail !== null)
      known(source, [...path, "voicemail"], user.voicemail, voicemailIds, "the id of one of voicemails")
    user.lines.forEach((id, at) => {
      known(source, [...path, "lines", at], id, lineIds, "the id of one of lines")
    })
  }
}

/** A line has one owner, named by `users[].lines` or by its own `user`. */
const checkOwners = (source: Source, users: ReadonlyArray<Item<UserItem>>, lines: ReadonlyArray<Item<LineItem>>): void => {
  const owners = new Map<number, { readonly user: number; readonly path: ConfigPath }>()
  for (const { index, value } of users) {
    value.lines.forEach((id, at) => {
      const path = ["users", index, "lines", at]
      const owner = owners.get(id)
      if (owner === undefined) owners.set(id, { user: value.id, path })
      else refuse(source, path, `a line named once only (${seen(source, owner.path)}, names it)`)
    })
  }
  for (const { index, value } of lines) {
    const owner = owners.get(value.id)
    if (value.user !== null && owner !== undefined && owner.user !== value.user) {
      refuse(source, ["lines", index, "user"], `${owner.user} or nothing (${seen(source, owner.path)}, names the line)`)
    }
  }
}

const checkReferences = (source: Source, declared: Declared): void => {
  const userIds = declared.users.rawValues("id")
  for (const { index, value } of declared.lines.accepted) {
    if (value.user !== null) known(source, ["lines", index, "user"], value.user, userIds, "the id of one of users")
  }
  const queueNames = new Set([...declared.queues.rawValues("name")].map(String))
  for (const { index, value } of declared.agents.accepted) {
    const named = new Set<string>()
    value.queues.forEach(({ queue }, at) => {
      const path = ["agents", index, "queues", at]
      if (!queueNames.has(queue))
        refuse(source, path, `the name of one of queues: ${didYouMean(queue, [...queueNames])}`, JSON.stringify(queue))
      else if (named.has(queue)) refuse(source, path, "each queue once", JSON.stringify(queue))
      named.add(queue)
    })
  }
  const presenceGroups = [...declared.presenceGroups.keys()]
  const hintGroups = [...declared.hintGroups.keys()]
  for (const { index, value } of declared.profiles.accepted) {
    if (!declared.presenceGroups.has(value.presences)) {
      refuse(source, ["profiles", index, "presences"], `one of presence_groups: ${didYouMean(value.presences, presenceGroups)}`)
    }
    if (!declared.hintGroups.has(value.hints)) {
      refuse(source, ["profiles", index, "hints"], `one of hint_groups: ${didYouMean(value.hints, hintGroups)}`)
    }
  }
}

/** `available` and `disconnected` always exist; `allowed` names presences of its own group (reference 5.1). */
const checkPresenceGroups = (source: Source, declared: Declared): void => {
  for (const [name, group] of declared.presenceGroups) {
    for (const needed of ["available", DISCONNECTED]) {
      if (!group.presences.has(needed)) refuse(source, ["presence_groups", name], `a presence ${needed} in each group`, "none")
    }
    if (group.presences.get(DISCONNECTED)?.automatic != null) {
      refuse(source, ["presence_groups", name, DISCONNECTED, "automatic"], `null: ${DISCONNECTED} is who has no session`)
    }
    for (const cause of AUTOMATIC_CAUSES) {
      const [first, ...more] = [...group.presences.values()].filter(({ automatic }) => automatic === cause)
      for (const { name: later } of more) {
        const path = ["presence_groups", name, later, "automatic"]
        refuse(source, path, `${cause} for one presence of a group (${first?.name} has it)`, "another one")
      }
    }
    const names = [...group.presences.keys()]
    for (const presence of group.presences.values()) {
      presence.allowed?.forEach((allowed, at) => {
        if (group.presences.has(allowed)) return
        refuse(
          source,
          ["presence_groups", name, presence.name, "allowed", at],
          `a presence of this group: ${didYouMean(allowed, names)}`
        )
      })
    }
  }
}

const templateNames: Readonly<Record<keyof ServiceTemplates, string>> = {
  doNotDisturb: "do_not_disturb",
  forwardUnconditional: "forward_unconditional",
  forwardBusy: "forward_busy",
  forwardNoAnswer: "forward_no_answer",
  doNotDisturbDevice: "do_not_disturb_device",
  forwardDevice: "forward_device",
  presence: "presence",
  presenceLamp: "presence_lamp"
}

const checkTemplates = (source: Source, declared: Declared, templates: ServiceTemplates): void => {
  const lines = declared.lines.accepted.map(({ index, value }) => ({ index, number: value.number, context: value.context }))
  for (const { line, other, template, key } of templateConflicts(lines, templates)) {
    const option = `telephony.templates.${templateNames[template]}`
    const expected =
      line === other
        ? `a name of its own for each service: ${option} makes ${key}, as another template does`
        : `{context} in ${option}, or an extension of its own: ${seen(source, ["lines", other.index])}, has it in another context, and both would share ${key}`
    refuse(source, ["lines", line.index, "number"], expected)
  }
}

/** Every check that needs more than one object. What is wrong goes to `source.problems`. */
export const crossCheck = (source: Source, declared: Declared, templates: ServiceTemplates | null): void => {
  checkUnique(source, declared)
  checkUsers(source, declared)
  checkOwners(source, declared.users.accepted, declared.lines.accepted)
  checkReferences(source, declared)
  checkPresenceGroups(source, declared)
  if (templates !== null) checkTemplates(source, declared, templates)
}
