/** An office that runs, whatever it runs on: the hands of its people, and what everybody is told. */
import type { PresenceEvent } from "@ctid/core"
import type { ToldTerms } from "@ctid/core/presence/presence_terms"
import type { Office } from "./office.ts"

/** What somebody asks for. */
export type Request = Omit<Extract<PresenceEvent, { readonly _tag: "Requested" }>, "_tag">

/** How the PBX takes what it is asked. `away`: it is out of reach. `hangs`: it does not answer. */
export type PbxMood = "answers" | "away" | "refuses" | "hangs"

/** What happens to an agent on the PBX. */
export type AgentMove = "logs in" | "logs off" | "is paused" | "is unpaused"

/** A status, as it is told: the presence of a user, the extension state of a phone, the availability of an agent. */
export interface Status {
  readonly list: "users" | "phones" | "agents"
  readonly id: number
  readonly value: string
  /** True: told to somebody who has registered for this one object (reference 3.9), beside the list. */
  readonly registered?: true
}

/** What a session shows: statuses by id; null where none was told yet. */
export interface Shown {
  readonly users: ReadonlyMap<number, string | null>
  readonly phones: ReadonlyMap<number, string | null>
  readonly agents: ReadonlyMap<number, string | null>
  /** Users with do not disturb, as far as it was told. */
  readonly doNotDisturb: ReadonlyMap<number, boolean>
  /** Notes and ends of users' presences, as far as they were told. Null: this session has not asked for them. */
  readonly terms: ReadonlyMap<number, ToldTerms> | null
}

/** What the server itself would answer. Null: it has no such object, or does not keep such things. */
export interface ServerView {
  readonly presence: (userId: number) => string
  readonly agent: (agentId: number) => string | null
  readonly doNotDisturb: (userId: number) => boolean | null
}

/** Each effect of a hand has come to rest when its promise ends. Sessions have numbers; a new one is open until `hangUp`. */
export interface OfficeSystem {
  readonly signIn: (session: number, name: string, presence: string) => Promise<void>
  readonly choose: (session: number, request: Request) => Promise<void>
  readonly logOut: (session: number) => Promise<void>
  readonly hangUp: (session: number) => Promise<void>
  /** Somebody is set to a presence by the system. */
  readonly impose: (name: string, presence: string) => Promise<void>
  readonly phone: (lineId: number, state: number) => Promise<void>
  readonly agent: (name: string, move: AgentMove) => Promise<void>
  readonly pbx: (mood: PbxMood) => Promise<void>
  readonly reload: (office: Office) => Promise<void>
  /** So many seconds pass. */
  readonly passTime: (seconds: number) => Promise<void>
  /** Whether the server still keeps the connection of a session that did not hang up. */
  readonly isOpen: (session: number) => boolean
  /** Statuses that a session was told since the last `forget`, in their order. */
  readonly heard: (session: number) => ReadonlyArray<Status>
  readonly shown: (session: number) => Promise<Shown>
  /** A new session looks at its lists for the first time, and registers for all that is in them where `registers` says so. */
  readonly look: (session: number) => Promise<void>
  readonly registers: boolean
  /** What sessions were told of objects that are not in their lists. */
  readonly indiscretions: () => ReadonlyArray<string>
  /** What the PBX was asked since the last `forget`, in order; null: there is none. */
  readonly asked: () => ReadonlyArray<string> | null
  /** Forgets what was heard and asked. */
  readonly forget: () => void
  /** Makes a check that throws, now; where things take their time, until it holds or a deadline is over. */
  readonly see: (check: () => Promise<void>) => Promise<void>
  readonly view: ServerView
}
