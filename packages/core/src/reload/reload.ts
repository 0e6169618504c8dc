/**
 * Takes a new configuration over while clients are connected: in one step everybody is told what vanished from his sight, what
 * appeared and what is another now, hears from then on what he may know, and what is gone is forgotten.
 */
import type { World } from "../commands/world.ts"
import { directoryDifference } from "../config/difference.ts"
import type { ObjectList, ObjectName } from "../config/live_config.ts"
import type { ProtocolVersion } from "../config/settings.ts"
import type { DirectorySnapshot } from "../directory/directory.ts"
import { audienceOf } from "../parting/parting.ts"
import type { ListName } from "../protocol/client_command.ts"
import { listedIds } from "../protocol/list_objects.ts"
import type { Adopted } from "./adopted.ts"
import { configsOf, listChanges } from "./list_changes.ts"
import { type ObjectId, Sight } from "./sight.ts"

export interface ReloadHost {
  readonly world: World
  readonly adopted: Adopted["Service"]
  /** Says the last word to everybody who is signed in as somebody who may not be, and closes. */
  readonly endSessions: (maySignIn: (userId: number) => boolean) => void
}

/** Who is declared, enabled, and has a profile. */
const maySignIn =
  ({ users, profiles }: DirectorySnapshot) =>
  (userId: number): boolean => {
    const user = users.get(userId)
    return user?.enabled === true && user.profileId !== null && profiles.has(user.profileId)
  }

/** Configs are worded in two ways: for the first generation and for all others. */
const wording = (version: ProtocolVersion): ProtocolVersion => (version === "1.2" ? "1.2" : "2.3")

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
  world: World,
  before: DirectorySnapshot,
  after: DirectorySnapshot,
  edited: ObjectName | undefined
): ReadonlyMap<ListName, ReadonlySet<ObjectId>> => {
  const { lists, serverUuid } = directoryDifference(before.data, after.data)
  const of = (list: ObjectList, changed: ReadonlySet<number>): readonly [ListName, ReadonlySet<ObjectId>] => [
    list,
    edited?.list === list ? new Set(changed).add(edited.id) : changed
  ]
  return new Map<ListName, ReadonlySet<ObjectId>>([
    of("users", serverUuid === null ? new Set(lists.users.changed.keys()) : new Set(after.users.keys())),
    of("phones", new Set(lists.phones.changed.keys())),
    of("agents", new Set(lists.agents.changed.keys())),
    of("queues", new Set(lists.queues.changed.keys())),
    of("voicemails", new Set(lists.voicemails.changed.keys())),
    ["queuemembers", new Set(listedIds(before, world.pbx.state, "queuemembers"))]
  ])
}

/**
 * Takes over what the doors say now. Synchronous: before and after it nothing is half. `edited` is told again to those who know it, even
 * if nothing of it is another. Answers the directory before, or null when there was nothing to take over.
 */
export type Adopt = (edited?: ObjectName) => DirectorySnapshot | null

export const makeReload = ({ world, adopted, endSessions }: ReloadHost): Adopt => {
  const { notifier, pbx } = world

  return (edited) => {
    const [before, after] = [adopted.current(), adopted.offered()]
    const same = before.directory === after.directory && before.settings === after.settings
    if (same && edited === undefined) return null
    const separation = { before: before.settings.contextSeparation, after: after.settings.contextSeparation }
    const objects = candidates(world, before.directory, after.directory, edited)
    const places = new Map([...notifier.hearers()].map((hearer) => [hearer, audienceOf(separation.before, hearer.context())]))
    const versions = [...new Set([...places.keys()].map(({ version }) => wording(version)))]
    const read = (directory: DirectorySnapshot) =>
      new Map(versions.map((version) => [version, configsOf(directory, pbx.state, version, objects)]))
    const sightBefore = new Sight(before.directory, pbx.state, separation.before)
    const configsBefore = read(before.directory)

    adopted.set(after)
    const changes = pbx.state.adopt(before.directory, notifier.now())
    const sightAfter = new Sight(after.directory, pbx.state, separation.after)
    const configsAfter = read(after.directory)

    const stays = maySignIn(after.directory)
    const staying = [...places].flatMap(([hearer, from]) => {
      if (!stays(hearer.userId)) return []
      return [{ hearer, from, to: audienceOf(separation.after, hearer.context()), version: wording(hearer.version) }]
    })
    for (const group of groupBy(staying, ({ from, to, version }) => JSON.stringify([from, to, version]))) {
      const [{ from, to, version }] = group
      const seen = { before: sightBefore, after: sightAfter, from, to }
      const configs = { before: configsBefore.get(version) ?? new Map(), after: configsAfter.get(version) ?? new Map() }
      const messages = listChanges(seen, configs, edited)
      const hearers = group.map(({ hearer }) => hearer)
      for (const message of messages) notifier.tell(hearers, message)
      for (const hearer of hearers) notifier.join(hearer)
    }
    endSessions(stays)
    notifier.dropRegistrations()
    notifier.changes(pbx.state, changes)
    return same ? null : before.directory
  }
}
