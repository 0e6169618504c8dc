/** Holds users in the presence that their group has for it while they do nothing: at no client of theirs, and at no phone. */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { DirectorySnapshot, User } from "../directory/directory.ts"
import type { PresenceEvent } from "./presence_event.ts"
import type { Presence, PresenceGroup } from "./presence_group.ts"

/** Between two looks at everybody. */
const LOOKS = Schedule.spaced("1 second")

export interface IdleHost {
  /** Monotonic, in milliseconds. */
  readonly now: () => number
  readonly scope: Scope.Scope
  readonly directory: () => DirectorySnapshot
  readonly groupOf: (user: User) => PresenceGroup
  /** Users with a session. */
  readonly connected: () => Iterable<number>
  /** One of his phones is in use. */
  readonly talks: (user: User) => boolean
  readonly apply: (user: User, event: PresenceEvent) => Effect.Effect<void>
}

/** A presence that is taken after so many milliseconds. */
type IdlePresence = Presence & { readonly idleAfter: number }

const isIdlePresence = (presence: Presence): presence is IdlePresence =>
  presence.automatic === "idle" && presence.idleAfter !== undefined

const idlePresence = (group: PresenceGroup): IdlePresence | undefined => [...group.presences.values()].find(isIdlePresence)

export class PresenceIdle {
  readonly #host: IdleHost
  /** When somebody who is connected did something last, in monotonic milliseconds. */
  readonly #active = new Map<number, number>()
  /** Who has been found idle since. */
  readonly #idle = new Set<number>()
  #watching: Fiber.Fiber<unknown> | null = null

  constructor(host: IdleHost) {
    this.#host = host
  }

  /** He does something now. */
  active(userId: number): void {
    if (this.#watching !== null) this.#active.set(userId, this.#host.now())
  }

  /** His presence has ended without him: who is idle is found so anew. */
  again(userId: number): void {
    this.#idle.delete(userId)
  }

  /** The directory may be another one. Nobody is watched where no group has such a presence. */
  readonly adopt: Effect.Effect<void> = Effect.suspend(() => {
    const needed = this.#host.directory().data.presenceGroups.some((group) => idlePresence(group) !== undefined)
    if (needed === (this.#watching !== null)) return Effect.void
    if (!needed) {
      this.#watching?.interruptUnsafe()
      this.#watching = null
      // the last look: nobody is idle any more
      return Effect.andThen(
        this.#look,
        // what people do from now on is not known
        Effect.sync(() => this.#active.clear())
      )
    }
    return Effect.repeat(this.#look, LOOKS).pipe(
      Effect.forkIn(this.#host.scope),
      Effect.flatMap((fiber) =>
        Effect.sync(() => {
          this.#watching = fiber
        })
      )
    )
  })

  readonly #look: Effect.Effect<void> = Effect.suspend(() => {
    const { users } = this.#host.directory()
    const now = this.#host.now()
    const connected = new Set(this.#host.connected())
    for (const userId of this.#active.keys()) if (!connected.has(userId)) this.#active.delete(userId)
    const looks: Array<Effect.Effect<void>> = []
    for (const userId of new Set([...connected, ...this.#idle])) {
      const user = users.get(userId)
      if (user === undefined) this.#idle.delete(userId)
      else looks.push(this.#lookAt(user, connected.has(userId), now))
    }
    return Effect.forEach(looks, (look) => look, { discard: true })
  })

  #lookAt(user: User, isConnected: boolean, now: number): Effect.Effect<void> {
    const presence = idlePresence(this.#host.groupOf(user))
    const since = this.#host.talks(user) ? now : (this.#active.get(user.id) ?? now)
    if (isConnected) this.#active.set(user.id, since)
    const isIdle = isConnected && presence !== undefined && now - since >= presence.idleAfter
    if (isIdle === this.#idle.has(user.id)) return Effect.void
    if (!isIdle) {
      this.#idle.delete(user.id)
      return this.#tell(user, { _tag: "Released", cause: "idle" })
    }
    this.#idle.add(user.id)
    return this.#tell(user, { _tag: "Held", cause: "idle", presence: presence.name })
  }

  /** Nobody waits for the actions of somebody else. */
  #tell(user: User, event: PresenceEvent): Effect.Effect<void> {
    return Effect.asVoid(Effect.forkIn(this.#host.apply(user, event), this.#host.scope, { startImmediately: true }))
  }
}
