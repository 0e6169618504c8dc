/** Holds users in the presence that their group has for it while one of their phones is in use. */
import * as Effect from "effect/Effect"
import type { DirectorySnapshot, User } from "../directory/directory.ts"
import type { PresenceEvent } from "./presence_event.ts"
import type { PresenceGroup } from "./presence_group.ts"

/** Extension states of a phone with a call that was taken (reference 5.5): in use, busy, in use and ringing, on hold. */
const IN_USE: ReadonlySet<number> = new Set([1, 2, 9, 16])

export interface OnPhoneHost {
  readonly directory: () => DirectorySnapshot
  readonly groupOf: (user: User) => PresenceGroup
  /** Extension state of a line. */
  readonly phone: (lineId: number) => number
  /** He does something. */
  readonly active: (userId: number) => void
  readonly apply: (user: User, event: PresenceEvent) => Effect.Effect<void>
}

export class PresenceOnPhone {
  readonly #host: OnPhoneHost
  /** Users with a phone in use. */
  readonly #talking = new Set<number>()

  constructor(host: OnPhoneHost) {
    this.#host = host
  }

  /** The state of a phone is another one. */
  phone(lineId: number): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { lines, users } = this.#host.directory()
      const user = users.get(lines.get(lineId)?.userId ?? Number.NaN)
      return user === undefined ? Effect.void : this.#look(user)
    })
  }

  /** The directory is another one: lines may have gone, or become somebody else's. */
  readonly adopt: Effect.Effect<void> = Effect.suspend(() => {
    const { users } = this.#host.directory()
    return Effect.forEach(
      [...this.#talking],
      (userId) => {
        const user = users.get(userId)
        if (user !== undefined) return this.#look(user)
        this.#talking.delete(userId)
        return Effect.void
      },
      { discard: true }
    )
  })

  /** His presence has ended without him: a call that goes on counts as one that begins. */
  again(userId: number): Effect.Effect<void> {
    return Effect.suspend(() => {
      const user = this.#host.directory().users.get(userId)
      return user !== undefined && this.#talking.delete(userId) ? this.#look(user) : Effect.void
    })
  }

  /** One of his phones is in use. */
  talks(user: User): boolean {
    return user.lineIds.some((id) => IN_USE.has(this.#host.phone(id)))
  }

  /** A call counts when it begins and when the last one ends: who chose another presence meanwhile keeps it. */
  #look(user: User): Effect.Effect<void> {
    const talks = this.talks(user)
    if (talks === this.#talking.has(user.id)) return Effect.void
    this.#host.active(user.id)
    if (!talks) {
      this.#talking.delete(user.id)
      return this.#host.apply(user, { _tag: "Released", cause: "phone" })
    }
    this.#talking.add(user.id)
    const all = [...this.#host.groupOf(user).presences.values()]
    const held = all.find(({ automatic }) => automatic === "on_the_phone")
    return held === undefined ? Effect.void : this.#host.apply(user, { _tag: "Held", cause: "phone", presence: held.name })
  }
}
