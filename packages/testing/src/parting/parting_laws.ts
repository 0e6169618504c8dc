/**
 * What holds for the parting of companies on one PBX, for any directory.
 *
 * @example
 * ```ts
 * import { decodeConfig, positionIn } from "@ctid/core"
 * import { partingLaws } from "@ctid/testing"
 * import * as Digest from "effect/crypto/Digest"
 * import * as Effect from "effect/Effect"
 *
 * const config = decodeConfig({
 *   server: { uuid: "5f0c1e2a-7b3d-4c5e-8f90-123456789abc", context_separation: true },
 *   ami: { username: "ctid", password: "the secret in manager.conf" },
 *   users: [{ id: 1, firstname: "Alice", login: "alice", plain_password: "wonderland", lines: [11] }],
 *   lines: [{ id: 11, number: "1001", context: "acme", name: "1001" }]
 * }, positionIn("example"))
 * const { directory, settings } = await Effect.runPromise(Effect.provide(config, Digest.layerWebCrypto))
 * const partition = { directory, separation: settings.contextSeparation }
 * for (const law of partingLaws(partition, { companies: { acme: ["alice"] } })) await law.check({ runs: 100 })
 * ```
 */
import { type DirectorySnapshot, snapshotOf } from "@ctid/core"
import { audienceOf, contextOf, visible } from "@ctid/core/parting/parting"
import { listedIds } from "@ctid/core/protocol/list_objects"
import { Sight } from "@ctid/core/reload/sight"
import { TelephonyState } from "@ctid/core/telephony/telephony_state"
import fc from "fast-check"
import { holds, type Law, makeLaw, oneOrAny } from "../laws/law.ts"
import { maySee, type PartedList, type Partition, placeOf, type Subject } from "./specification.ts"

const LISTS: ReadonlyArray<PartedList> = ["users", "phones", "agents", "queues", "voicemails", "queuemembers"]

/** Somebody looks at an object, or at somebody else. */
class Look {
  readonly partition: Partition
  readonly ruling: Ruling
  /** Null: nobody is declared. */
  readonly viewer: number | null
  readonly subject: Subject | null

  constructor(partition: Partition, ruling: Ruling, viewer: number | null, subject: Subject | null) {
    this.partition = partition
    this.ruling = ruling
    this.viewer = viewer
    this.subject = subject
  }

  #place(subject: Subject): string {
    const context = placeOf(this.partition, subject)
    return context === null ? "of no context" : `of ${context}`
  }

  #name({ list, id }: Subject): string {
    const user = list === "users" ? this.partition.directory.users.find((one) => one.id === id) : undefined
    return user === undefined ? `${list} ${id}` : user.login
  }

  toString(): string {
    if (this.viewer === null || this.subject === null) return "nobody looks at anything"
    const viewer: Subject = { list: "users", id: this.viewer }
    const parted = this.partition.separation ? "" : ", while contexts are not separated"
    return `${this.#name(viewer)} (${this.#place(viewer)}): looks at ${this.#name(this.subject)} (${this.#place(this.subject)})${parted}`
  }

  [fc.toStringMethod](): string {
    return this.toString()
  }
}

export interface PartingOptions {
  /** Logins of the people of each company. Default: nothing is expected but what contexts say. */
  readonly companies?: Readonly<Record<string, ReadonlyArray<string>>>
}

/** What the code under test says of a partition. */
class Ruling {
  readonly #partition: Partition
  readonly #snapshot: DirectorySnapshot
  readonly #sight: Sight
  readonly #state: TelephonyState

  constructor(partition: Partition) {
    this.#partition = partition
    this.#snapshot = snapshotOf(partition.directory)
    this.#state = new TelephonyState(() => this.#snapshot, 0)
    this.#sight = new Sight(this.#snapshot, this.#state, partition.separation)
  }

  /** All objects of a list. */
  ids(list: PartedList): ReadonlyArray<number | string> {
    return listedIds(this.#snapshot, this.#state, list)
  }

  #context({ list, id }: Subject): string | null {
    return contextOf(this.#snapshot, list, id)
  }

  #audience(subject: Subject): string | null {
    return audienceOf(this.#partition.separation, this.#context(subject))
  }

  /** The rule that answers questions. */
  sees(viewer: number, subject: Subject): boolean {
    return visible(this.#partition.separation, this.#context({ list: "users", id: viewer }), this.#context(subject))
  }

  /** Whether it is told to the audience that the viewer is in. */
  hears(viewer: number, subject: Subject): boolean {
    const audience = this.#audience(subject)
    return audience !== null && audience === this.#audience({ list: "users", id: viewer })
  }

  /** The lists that a reload compares. */
  finds(viewer: number, subject: Subject): boolean {
    return this.#sight.ids(subject.list, this.#audience({ list: "users", id: viewer })).has(subject.id)
  }
}

/** Ids of those who may look, and everything that there is; neither is empty. */
interface Among {
  readonly partition: Partition
  readonly viewers: ReadonlyArray<number>
  readonly subjects: ReadonlyArray<Subject>
}

/** Who looks at what. */
type Pairs = (among: Among) => fc.Arbitrary<readonly [viewer: number, subject: Subject]>

const anything: Pairs = ({ subjects, viewers }) => fc.tuple(fc.constantFrom(...viewers), fc.constantFrom(...subjects))

const people = (ids: ReadonlyArray<number>): ReadonlyArray<Subject> => ids.map((id) => ({ list: "users", id }))

/** Somebody looks at somebody else, if there are two. */
const eachOther: Pairs = ({ viewers }) => {
  const two = Math.min(2, viewers.length)
  return fc
    .shuffledSubarray([...viewers], { minLength: two, maxLength: two })
    .map(([viewer = 0, other = viewer]) => [viewer, { list: "users", id: other }])
}

/** One of the two belongs nowhere, if anybody does. */
const withoutPlace: Pairs = (among) => {
  const { partition, subjects, viewers } = among
  const nowhere = viewers.filter((id) => placeOf(partition, { list: "users", id }) === null)
  return nowhere.length === 0
    ? anything(among)
    : fc.oneof(anything({ partition, viewers: nowhere, subjects }), anything({ partition, viewers, subjects: people(nowhere) }))
}

const looks =
  (pairs: Pairs) =>
  (partition: Partition): fc.Arbitrary<Look> => {
    const ruling = new Ruling(partition)
    const viewers = partition.directory.users.map(({ id }) => id)
    const subjects = LISTS.flatMap((list) => ruling.ids(list).map((id): Subject => ({ list, id })))
    if (viewers.length === 0 || subjects.length === 0) return fc.constant(new Look(partition, ruling, null, null))
    return pairs({ partition, viewers, subjects }).map(([viewer, subject]) => new Look(partition, ruling, viewer, subject))
  }

/** Somebody, something, and what is said about both. */
interface Seen {
  readonly partition: Partition
  readonly ruling: Ruling
  readonly viewer: number
  readonly subject: Subject
  /** Where the viewer and the subject belong. */
  readonly mine: string | null
  readonly its: string | null
}

/** What a law is tried on. */
interface About {
  readonly pairs?: Pairs
  /** Default: as the partition has it. */
  readonly separation?: boolean
}

/**
 * The laws for this partition, or for any that an arbitrary makes. What holds while contexts are separated is tried as if they were, and
 * what holds while they are not as if they were not. A test runner runs the laws by `check`, fast-check itself by `property`.
 */
export const partingLaws = (
  partition: Partition | fc.Arbitrary<Partition>,
  { companies }: PartingOptions = {}
): ReadonlyArray<Law> => {
  const law = (name: string, { pairs = anything, separation }: About, judge: (seen: Seen) => void): Law => {
    const partitions = oneOrAny(partition).map((one) => (separation === undefined ? one : { ...one, separation }))
    return makeLaw(name, partitions.chain(looks(pairs)), ({ partition: where, ruling, viewer, subject }) => {
      if (viewer === null || subject === null) return
      const mine = placeOf(where, { list: "users", id: viewer })
      judge({ partition: where, ruling, viewer, subject, mine, its: placeOf(where, subject) })
    })
  }
  const is = (seen: boolean): string => (seen ? "is seen" : "is not seen")

  return [
    law("who sees somebody is seen by him", { pairs: eachOther }, ({ ruling, subject, viewer }) => {
      const there = ruling.sees(viewer, subject)
      const back = ruling.sees(Number(subject.id), { list: "users", id: viewer })
      holds(there === back, () => `the one ${is(there)}, the other ${is(back)}`)
    }),

    law(
      "a user without line sees nothing and is seen by nobody, himself included",
      { pairs: withoutPlace, separation: true },
      ({ its, mine, ruling, subject, viewer }) => {
        if (mine !== null && its !== null) return
        const who = mine === null ? "he has no line" : "it belongs nowhere"
        holds(!ruling.sees(viewer, subject), () => `${who}, and it is seen`)
      }
    ),

    law("everybody sees everything while contexts are not separated", { separation: false }, ({ ruling, subject, viewer }) => {
      holds(ruling.sees(viewer, subject), () => "it is not seen")
    }),

    law(
      "contexts that are equal see each other, and no others",
      { separation: true },
      ({ its, mine, ruling, subject, viewer }) => {
        if (mine === null) return
        const seen = ruling.sees(viewer, subject)
        holds(seen === (mine === its), () => `it ${is(seen)}, from ${mine} to ${its}`)
      }
    ),

    law("broadcasts reach those who may see, and nobody else", {}, ({ partition: where, ruling, subject, viewer }) => {
      const [hears, may] = [ruling.hears(viewer, subject), maySee(where, viewer, subject)]
      holds(hears === may, () => `he ${hears ? "hears" : "does not hear"} of it, and ${may ? "may" : "may not"} see it`)
    }),

    law("lists hold what may be seen, and nothing else", {}, ({ partition: where, ruling, subject, viewer }) => {
      const [finds, may] = [ruling.finds(viewer, subject), maySee(where, viewer, subject)]
      holds(finds === may, () => `it is ${finds ? "" : "not "}in his list, and he ${may ? "may" : "may not"} see it`)
    }),

    ...(companies === undefined
      ? []
      : [law("people of a company see each other, and nobody of another", { pairs: eachOther }, companyJudge(companies))])
  ]
}

const companyJudge =
  (companies: Readonly<Record<string, ReadonlyArray<string>>>) =>
  ({ partition, ruling, subject, viewer }: Seen): void => {
    const companyOf = (id: number): string | null => {
      const login = partition.directory.users.find((user) => user.id === id)?.login ?? ""
      return Object.entries(companies).find(([, logins]) => logins.includes(login))?.[0] ?? null
    }
    const [mine, his] = [companyOf(viewer), companyOf(Number(subject.id))]
    if (mine === null || his === null) return
    const told = (verb: string, does: boolean): string => `from ${mine}, and he ${does ? `${verb}s` : `does not ${verb}`}`
    // by what is declared, and by what the server makes of it
    for (const sees of [maySee(partition, viewer, subject), ruling.sees(viewer, subject)]) {
      holds(sees === (mine === his), () => `${told("see", sees)} somebody of ${his}`)
    }
    const [hears, finds] = [ruling.hears(viewer, subject), ruling.finds(viewer, subject)]
    holds(hears === (mine === his), () => `${told("hear", hears)} of somebody of ${his}`)
    holds(finds === (mine === his), () => `${told("find", finds)} somebody of ${his} in his list`)
  }
