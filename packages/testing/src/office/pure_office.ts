/** An office on the pure machines alone: `transition` and the rule of parting, without a clock, a wire or a wait. */
import {
  type DirectorySnapshot,
  initialPresence,
  type PresenceEvent,
  type PresenceGroup,
  type PresenceState,
  snapshotOf,
  transition
} from "@ctid/core"
import { contextOf, visible } from "@ctid/core/parting/parting"
import { DISCONNECTED } from "@ctid/core/presence/presence_group"
import { type Office, officeDirectory, userIdOf } from "./office.ts"
import type { OfficeSystem, Request, Status } from "./office_system.ts"

const UNKNOWN_PHONE = "4"
const noGroup: PresenceGroup = {
  name: "",
  presences: new Map([[DISCONNECTED, { name: DISCONNECTED, longName: "", color: "", allowed: null, actions: [] }]])
}
const done = Promise.resolve()

interface Listener {
  readonly userId: number
  readonly heard: Array<Status>
  loggedOut: boolean
}

class PureOffice {
  #office: Office
  #directory: DirectorySnapshot
  readonly #users = new Map<number, PresenceState>()
  readonly #phones = new Map<number, string>()
  readonly #listeners = new Map<number, Listener>()

  constructor(office: Office) {
    this.#office = office
    this.#directory = snapshotOf(officeDirectory(office))
  }

  presence(userId: number): string {
    return (this.#users.get(userId) ?? initialPresence).presence
  }

  open(session: number, userId: number): void {
    this.#listeners.set(session, { userId, heard: [], loggedOut: false })
  }

  close(session: number): void {
    this.#listeners.delete(session)
  }

  listener(session: number): Listener {
    const listener = this.#listeners.get(session)
    if (listener === undefined) throw new Error(`there is no session ${session}`)
    return listener
  }

  forget(): void {
    for (const { heard } of this.#listeners.values()) heard.length = 0
  }

  happens(userId: number, event: PresenceEvent, asking?: number): void {
    if (!this.#directory.users.has(userId)) return
    const state = this.#users.get(userId) ?? initialPresence
    const outcome = transition(this.#groupOf(this.#directory, userId), this.#office.rules, state, event)
    if (outcome._tag === "Refused") {
      if (asking !== undefined) this.listener(asking).heard.push({ list: "users", id: userId, value: state.presence })
      return
    }
    this.#users.set(userId, outcome.state)
    if (outcome._tag === "Changed") this.#tell({ list: "users", id: userId, value: outcome.to })
  }

  /** The presences that end until then, in their order. */
  expire(now: number): void {
    const ends = [...this.#users].flatMap(([userId, { terms }]) =>
      terms?.end?._tag === "At" && terms.end.until <= now ? [{ userId, until: terms.end.until }] : []
    )
    ends.sort((one, other) => one.until - other.until)
    for (const { until, userId } of ends) this.happens(userId, { _tag: "Expired", until })
  }

  isOpen(session: number): boolean {
    return this.#listeners.has(session)
  }

  mayAct(userId: number): boolean {
    return !this.#office.separation || contextOf(this.#directory, "users", userId) !== null
  }

  phone(lineId: number, state: string): void {
    if ((this.#phones.get(lineId) ?? UNKNOWN_PHONE) === state) return
    this.#phones.set(lineId, state)
    this.#tell({ list: "phones", id: lineId, value: state })
  }

  reload(office: Office): void {
    const before = this.#directory
    this.#office = office
    this.#directory = snapshotOf(officeDirectory(office))
    for (const userId of [...this.#users.keys()]) {
      if (!this.#directory.users.has(userId)) this.#users.delete(userId)
      else this.happens(userId, { _tag: "Regrouped", before: this.#groupOf(before, userId) })
    }
    for (const [session, { loggedOut, userId }] of [...this.#listeners]) {
      if ((this.#directory.users.get(userId)?.profileId ?? null) !== null) continue
      if (!loggedOut) this.happens(userId, { _tag: "LinkLost", session })
      this.close(session)
    }
    for (const id of [...this.#phones.keys()]) {
      if (contextOf(before, "phones", id) !== contextOf(this.#directory, "phones", id)) this.#phones.delete(id)
    }
  }

  /** Statuses of a list, as this session finds them. */
  list(session: number, list: Status["list"]): ReadonlyMap<number, string | null> {
    const { userId } = this.listener(session)
    const { agents, lines, users } = this.#directory.data
    const found = { users, phones: lines, agents }[list].filter(({ id }) => this.#sees(userId, { list, id }))
    return new Map(found.map(({ id }) => [id, this.#value(list, id)]))
  }

  #value(list: Status["list"], id: number): string | null {
    switch (list) {
      case "users":
        return this.presence(id)
      case "phones":
        return this.#phones.get(id) ?? UNKNOWN_PHONE
      case "agents":
        return null
    }
  }

  #groupOf(directory: DirectorySnapshot, userId: number): PresenceGroup {
    const profile = directory.profiles.get(directory.users.get(userId)?.profileId ?? -1)
    return directory.presenceGroups.get(profile?.presenceGroup ?? "") ?? noGroup
  }

  #sees(userId: number, { list, id }: Pick<Status, "list" | "id">): boolean {
    const directory = this.#directory
    return visible(this.#office.separation, contextOf(directory, "users", userId), contextOf(directory, list, id))
  }

  #tell(status: Status): void {
    for (const { heard, userId } of this.#listeners.values()) if (this.#sees(userId, status)) heard.push(status)
  }
}

/** Hands it over. */
export const withPureOffice = (office: Office, use: (system: OfficeSystem) => Promise<void>): Promise<void> => {
  const pure = new PureOffice(office)
  let now = 0
  const act = (step: () => void): Promise<void> => {
    step()
    return done
  }
  const ending = (session: number, event: "LoggedOut" | "LinkLost"): void => {
    const listener = pure.listener(session)
    if (listener.loggedOut) return
    listener.loggedOut = true
    pure.happens(listener.userId, { _tag: event, session })
  }
  return use({
    signIn: (session, name, presence) =>
      act(() => {
        pure.open(session, userIdOf(name))
        pure.happens(userIdOf(name), { _tag: "LoggedIn", session, presence })
      }),
    choose: (session, request: Request) =>
      act(() => {
        const { loggedOut, userId } = pure.listener(session)
        if (!loggedOut && pure.mayAct(userId)) pure.happens(userId, { _tag: "Requested", ...request }, session)
      }),
    logOut: (session) => act(() => ending(session, "LoggedOut")),
    hangUp: (session) =>
      act(() => {
        ending(session, "LinkLost")
        pure.close(session)
      }),
    impose: (name, presence) => act(() => pure.happens(userIdOf(name), { _tag: "Imposed", presence })),
    phone: (lineId, state) => act(() => pure.phone(lineId, String(state))),
    agent: () => done,
    pbx: () => done,
    reload: (next) => act(() => pure.reload(next)),
    passTime: (seconds) =>
      act(() => {
        now += seconds
        pure.expire(now)
      }),
    isOpen: (session) => pure.isOpen(session),
    heard: (session) => pure.listener(session).heard,
    shown: (session) =>
      Promise.resolve({
        users: pure.list(session, "users"),
        phones: pure.list(session, "phones"),
        agents: pure.list(session, "agents"),
        doNotDisturb: new Map(),
        terms: null
      }),
    look: () => done,
    registers: false,
    indiscretions: () => [],
    asked: () => null,
    forget: () => pure.forget(),
    see: (check) => check(),
    view: { presence: pure.presence.bind(pure), agent: () => null, doNotDisturb: () => null }
  })
}
