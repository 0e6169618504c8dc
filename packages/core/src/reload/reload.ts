/**
 * Takes a new configuration over while clients are connected: in one step everybody is told what vanished from his sight, what
 * appeared and what is another now, hears from then on what he may know, and what is gone is forgotten.
 */
import * as Effect from "effect/Effect"
import type { World } from "../commands/world.ts"
import { type DirectoryDifference, directoryDifference, isNothing } from "../config/difference.ts"
import type { ObjectList, ObjectName } from "../config/live_config.ts"
import { sameValue } from "../config/same_value.ts"
import type { ProtocolVersion } from "../config/settings.ts"
import type { Agent, DirectorySnapshot } from "../directory/directory.ts"
import { audienceOf } from "../parting/parting.ts"
import type { ListName } from "../protocol/client_command.ts"
import { listedIds } from "../protocol/list_objects.ts"
import type { ServerMessage } from "../protocol/server_message.ts"
import type { Adopted } from "./adopted.ts"
import { type Configs, configChanges, configsOf, otherConfigs, sightChanges } from "./list_changes.ts"
import { namedQueueChanges } from "./named_queues.ts"
import { type ObjectId, Sight } from "./sight.ts"

export interface ReloadHost {
  readonly world: World
  readonly adopted: Adopted["Service"]
  /** Says the last word to everybody who is signed in as somebody who may not be, and closes. */
  readonly endSessions: (maySignIn: (userId: number) => boolean) => void
}

/** Who is the person he was, declared and enabled, and has a profile. */
const staysSignedIn =
  (before: DirectorySnapshot, { users, profiles, serverUuid }: DirectorySnapshot) =>
  (userId: number): boolean => {
    const user = users.get(userId)
    if (user === undefined || !user.enabled || user.profileId === null || !profiles.has(user.profileId)) return false
    // a uuid that is not given comes of the server's
    return before.serverUuid !== serverUuid || before.users.get(userId)?.uuid === user.uuid
  }

/** Configs are worded in two ways: for the first generation and for all others. */
const wording = (version: ProtocolVersion): ProtocolVersion => (version === "1.2" ? "1.2" : "2.3")

const noConfigs: Configs = new Map()

const groupBy = <A>(items: Iterable<A>, key: (item: A) => string): ReadonlyArray<readonly [A, ...Array<A>]> => {
  const groups = new Map<string, [A, ...Array<A>]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group === undefined) groups.set(key(item), [item])
    else group.push(item)
  }
  return [...groups.values()]
}

/** Objects whose config may be another in `after`: those declared otherwise, and all queue members. */
const candidates = (
  { lists, serverUuid }: DirectoryDifference,
  after: DirectorySnapshot,
  members: ReadonlyArray<ObjectId>,
  edited: ObjectName | undefined
): ReadonlyMap<ListName, ReadonlySet<ObjectId>> => {
  const of = (list: ObjectList, changed: Iterable<number>): readonly [ListName, ReadonlySet<ObjectId>] => [
    list,
    new Set(edited?.list === list ? [...changed, edited.id] : changed)
  ]
  return new Map([
    of("users", serverUuid === null ? lists.users.changed.keys() : after.users.keys()),
    of("phones", lists.phones.changed.keys()),
    of("agents", lists.agents.changed.keys()),
    of("queues", lists.queues.changed.keys()),
    of("voicemails", lists.voicemails.changed.keys()),
    ["queuemembers", new Set(members)]
  ])
}

/** Agents who are logged in under a number that nobody has any more: they could not log off. */
const leftBehind = (
  { pbx }: World,
  { agents: { changed, removed } }: DirectoryDifference["lists"],
  before: DirectorySnapshot,
  after: DirectorySnapshot
): ReadonlyArray<Agent> =>
  [...changed.keys(), ...removed].flatMap((id) => {
    const agent = before.agents.get(id)
    if (agent === undefined || after.agentsByNumber.has(agent.number)) return []
    return pbx.state.agents.agent(id).login === null ? [] : [agent]
  })

/** Whether something is new to the PBX's side of the model, or belongs to somebody else. */
const concernsPbx = ({ lists: { users, ...others } }: DirectoryDifference, before: DirectorySnapshot): boolean =>
  users.added.size > 0 ||
  [...users.changed].some(([id, { lineIds }]) => !sameValue(before.users.get(id)?.lineIds, lineIds)) ||
  !Object.values(others).every((changes) => isNothing<unknown, unknown>(changes))

/**
 * Takes over what the doors say now. Synchronous: before and after it nothing is half. `edited` is told again to those who know it, even
 * if nothing of it is another. Answers what is left to do, and takes its time: presences that vanished, the PBX.
 */
export type Adopt = (edited?: ObjectName) => Effect.Effect<void>

export const makeReload = ({ world, adopted, endSessions }: ReloadHost): Adopt => {
  const { notifier, pbx, presence, telephony } = world

  const logOff = (agent: Agent): Effect.Effect<void> =>
    Effect.catch(telephony.agentLogoff(agent), (error) =>
      Effect.logWarning("agent whose number is gone is still logged in").pipe(
        Effect.annotateLogs({ agent: agent.number, reason: error.reason, detail: error.message })
      )
    ).pipe(Effect.asVoid)

  return (edited) => {
    const [before, after] = [adopted.current(), adopted.offered()]
    const same = before.directory === after.directory && before.settings === after.settings
    if (same && edited === undefined) return Effect.void
    const separation = { before: before.settings.contextSeparation, after: after.settings.contextSeparation }
    const difference = directoryDifference(before.directory.data, after.directory.data)
    const members = listedIds(before.directory, pbx.state, "queuemembers")
    const objects = candidates(difference, after.directory, members, edited)
    const places = new Map([...notifier.hearers()].map((hearer) => [hearer, audienceOf(separation.before, hearer.context())]))
    const versions = [...new Set([...places.keys()].map(({ version }) => wording(version)))]
    const read = (directory: DirectorySnapshot): ReadonlyMap<ProtocolVersion, Configs> =>
      new Map(versions.map((version) => [version, configsOf(directory, pbx.state, version, objects)]))
    const left = leftBehind(world, difference.lists, before.directory, after.directory)
    const sightBefore = new Sight(before.directory, pbx.state, separation.before)
    const configsBefore = read(before.directory)

    adopted.set(after)
    const adoption = pbx.state.adopt(before.directory, notifier.now())
    const changes = [...adoption, ...namedQueueChanges(before, after, pbx.state, adoption)]
    const sightAfter = new Sight(after.directory, pbx.state, separation.after)
    const others = new Map(
      [...read(after.directory)].map(([version, configs]) => [
        version,
        otherConfigs(configsBefore.get(version) ?? noConfigs, configs, edited)
      ])
    )

    const stays = staysSignedIn(before.directory, after.directory)
    const staying = [...places].flatMap(([hearer, from]) => {
      if (!stays(hearer.userId)) return []
      return [{ hearer, from, to: audienceOf(separation.after, hearer.context()), version: wording(hearer.version) }]
    })
    for (const group of groupBy(staying, ({ from, to }) => JSON.stringify([from, to]))) {
      const [{ from, to }] = group
      const seen = { before: sightBefore, after: sightAfter, from, to }
      const tell = (some: typeof group, messages: ReadonlyArray<ServerMessage>): void =>
        notifier.tell(
          some.map(({ hearer }) => hearer),
          messages
        )
      tell(group, sightChanges(seen))
      for (const spoken of groupBy(group, ({ version }) => version)) {
        tell(spoken, configChanges(seen, others.get(spoken[0].version) ?? noConfigs))
      }
      for (const { hearer } of group) notifier.join(hearer)
    }
    endSessions(stays)
    notifier.dropRegistrations()
    notifier.changes(pbx.state, changes)

    const askPbx = Effect.andThen(
      Effect.forEach(left, logOff, { discard: true }),
      concernsPbx(difference, before.directory) ? telephony.refresh : Effect.void
    )
    return Effect.all([presence.adopt, askPbx], { concurrency: "unbounded", discard: true })
  }
}
