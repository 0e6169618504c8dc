/**
 * Users, and small directories of everything, of which two have much in common and much not, as before and after a reload. What they
 * name need not be there (the user of a line, an agent's queue, a profile's hint group), and a presence group may lack `available`: a
 * program may declare such, `ctid.yml` may not.
 *
 * @example
 * ```ts
 * import { directories, partingLaws, users } from "@ctid/testing"
 * import fc from "fast-check"
 *
 * for (const { login, lineIds } of fc.sample(users(7, { lineIds: [11, 12] }), 3)) console.log(login, lineIds) // user7 [ 12, 11 ]
 *
 * const parted = directories().map((directory) => ({ directory, separation: true }))
 * for (const law of partingLaws(parted)) await law.check({ runs: 50 })
 * ```
 */
import type { Agent, CallQueue, DirectoryData, Line, Profile, User, Voicemail } from "@ctid/core/directory/directory"
import { DISCONNECTED, type PresenceGroup } from "@ctid/core/presence/presence_group"
import * as Redacted from "effect/Redacted"
import fc from "fast-check"

const contexts = fc.constantFrom("a", "b")
const words = fc.constantFrom("blue", "green")

/** Objects with most of these ids, in most cases. */
const some = <A>(ids: ReadonlyArray<number>, object: (id: number) => fc.Arbitrary<A>): fc.Arbitrary<ReadonlyArray<A>> =>
  fc
    .oneof({ weight: 4, arbitrary: fc.shuffledSubarray([...ids], { minLength: ids.length - 1 }) }, fc.subarray([...ids]))
    .chain((chosen) => fc.tuple(...chosen.map(object)))

/** One of these for each of so many objects, none twice; in most cases the first one for the first. */
const unique = (values: ReadonlyArray<string>, count: number): fc.Arbitrary<ReadonlyArray<string>> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(values.slice(0, count)) },
    fc.shuffledSubarray([...values], { minLength: count, maxLength: count })
  )

const USER_IDS = [1, 2, 3, 4] as const
const LINE_IDS = [10, 20, 30, 40, 50] as const
const AGENT_IDS = [1, 2, 3] as const
const QUEUE_IDS = [1, 2, 3] as const
export const QUEUE_NAMES = ["support", "sales", "callback", "helpdesk"] as const
export const AGENT_NUMBERS = ["2001", "2002", "2003", "2004"] as const
export const PRESENCES = ["available", "away", "lunch"] as const

const line = (id: number): fc.Arbitrary<Line> =>
  fc
    .record({
      name: fc.constantFrom(`${id}x`, `${id}y`),
      context: contexts,
      userId: fc.option(fc.constantFrom(...USER_IDS), { nil: null, freq: 9 })
    })
    .map(({ name, context, userId }) => ({
      id,
      protocol: "pjsip",
      name,
      device: `PJSIP/${name}`,
      context,
      number: `10${id}`,
      callerId: null,
      userId
    }))

const agents: fc.Arbitrary<ReadonlyArray<Agent>> = unique(AGENT_NUMBERS, AGENT_IDS.length).chain((numbers) =>
  some(AGENT_IDS, (id) =>
    fc
      .record({
        lastName: words,
        context: contexts,
        queues: fc
          .subarray([...QUEUE_NAMES])
          .chain((names) => fc.tuple(...names.map((queue) => fc.record({ queue: fc.constant(queue), penalty: fc.nat(1) }))))
      })
      .map((rest) => ({ id, number: numbers[id - 1] ?? "", firstName: "Agent", wrapUpSeconds: null, ...rest }))
  )
)

const queues: fc.Arbitrary<ReadonlyArray<CallQueue>> = unique(QUEUE_NAMES, QUEUE_IDS.length).chain((names) =>
  some(QUEUE_IDS, (id) =>
    fc
      .record({
        displayName: words,
        context: contexts,
        staticMembers: fc.subarray([
          { member: "PJSIP/10x", penalty: 0 },
          { member: "PJSIP/20x", penalty: 1 }
        ])
      })
      .map((rest) => ({ id, name: names[id - 1] ?? "", number: `30${id}`, ...rest }))
  )
)

const voicemails: fc.Arbitrary<ReadonlyArray<Voicemail>> = some([1, 2], (id) =>
  fc.record({ id: fc.constant(id), mailbox: fc.constantFrom(`${id}1`, `${id}2`), context: contexts })
)

const group = (name: string): fc.Arbitrary<PresenceGroup> =>
  fc.tuple(fc.shuffledSubarray([...PRESENCES]), fc.subarray([...PRESENCES])).map(([presences, allowed]) => ({
    name,
    presences: new Map(
      [...presences, DISCONNECTED].map((presence) => [
        presence,
        { name: presence, longName: presence, color: "#08FD20", allowed, actions: [] }
      ])
    )
  }))

const profile = (id: number): fc.Arbitrary<Profile> =>
  fc.record({ presenceGroup: fc.constantFrom("g", "h"), preferences: fc.constantFrom({}, { "xlet.a": 1 }) }).map((rest) => ({
    id,
    name: `Profile ${id}`,
    xlets: [],
    hintGroup: "h",
    services: [],
    ...rest
  }))

/** What a user may have. */
export interface UserChoices {
  /** His lines, in any order: the first is his main line. Default: none. */
  readonly lineIds?: ReadonlyArray<number>
  /** Agents that he may be; he may also be none. Default: none. */
  readonly agentIds?: ReadonlyArray<number>
}

/** Users of this id, enabled or not, with profile 3, 4 or none. The login of user 7 is `user7`, his password `word`. */
export const users = (id: number, { lineIds = [], agentIds = [] }: UserChoices = {}): fc.Arbitrary<User> =>
  fc
    .record({
      lastName: words,
      enabled: fc.constantFrom(true, true, true, false),
      profileId: fc.constantFrom(3, 3, 4, 4, null),
      agentId: fc.constantFrom(null, ...agentIds),
      lineIds: fc.shuffledSubarray([...lineIds], { minLength: lineIds.length })
    })
    .map((rest) => ({
      id,
      uuid: `0b7e9a1c-3d52-4c86-8f14-${String(id).padStart(12, "0")}`,
      firstName: "User",
      fullName: `User ${rest.lastName}`,
      login: `user${id}`,
      password: { kind: "plain", value: Redacted.make("word") },
      voicemailId: null,
      mobilePhoneNumber: "",
      voicemailEnabled: false,
      ...rest
    }))

/** Directories of up to four users, `user1` to `user4`, in two contexts. */
export const directories = (): fc.Arbitrary<DirectoryData> =>
  fc.tuple(some(LINE_IDS, line), agents).chain(([lines, declaredAgents]) =>
    fc.record({
      serverUuid: fc.constantFrom("6d1f2a90-51c4-4f0e-9a37-2b8c7d5e4f10", "11111111-1111-4111-8111-111111111111"),
      users: some(USER_IDS, (id) =>
        users(id, {
          lineIds: lines.filter(({ userId }) => userId === id).map((owned) => owned.id),
          agentIds: declaredAgents.filter((agent) => agent.id === id).map((agent) => agent.id)
        })
      ),
      lines: fc.constant(lines),
      agents: fc.constant(declaredAgents),
      queues,
      voicemails,
      profiles: fc.tuple(profile(3), profile(4)),
      presenceGroups: fc.tuple(group("g"), group("h")),
      hintGroups: fc.constantFrom(new Map(), new Map([["h", new Map([["0", { longName: "Free", color: "#0DFF25" }]])]]))
    })
  )
