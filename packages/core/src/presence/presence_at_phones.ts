/** Tells the PBX what phones are to show of everybody (ours; the protocol knows nothing of it). */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type DirectorySnapshot, type Line, lineKey, linesOf, type User } from "../directory/directory.ts"
import type { Telephony } from "../telephony/telephony.ts"
import { type PhonePresence, phonePresence } from "./phone_presence.ts"
import type { PresenceGroup } from "./presence_group.ts"

export interface PhonesHost {
  readonly directory: () => DirectorySnapshot
  readonly telephony: Telephony["Service"]
  readonly groupOf: (user: User) => PresenceGroup
  /** Name of the presence, and the note to it. */
  readonly presentOf: (userId: number) => { readonly presence: string; readonly note: string }
  /** Nobody waits for the PBX: it is told in the background, in order. */
  readonly scope: Scope.Scope
}

export interface PresenceAtPhones {
  /** His presence may be another one. */
  readonly show: (userId: number) => Effect.Effect<void>
  /** The directory may be another one: everybody is shown, and lines that show nobody any more are told so. */
  readonly showAll: Effect.Effect<void>
}

export const makePresenceAtPhones = ({ directory, telephony, groupOf, presentOf, scope }: PhonesHost): PresenceAtPhones => {
  /** Lines that show somebody, by extension. */
  let lines: ReadonlyMap<string, Line> = new Map()

  const tell = (line: Line, shown: PhonePresence | null): Effect.Effect<void> =>
    telephony.setPresence(line, shown).pipe(
      Effect.catch((error) =>
        Effect.logDebug("presence not shown at phones").pipe(
          Effect.annotateLogs({ line: line.number, reason: error.reason, detail: error.message })
        )
      ),
      Effect.forkIn(scope, { startImmediately: true }),
      Effect.asVoid
    )

  /** Null: phones show nothing of him. */
  const shownOf = (user: User): readonly [line: Line, shown: PhonePresence] | null => {
    const [line] = linesOf(directory(), user)
    const { presence, note } = presentOf(user.id)
    const shown = phonePresence(groupOf(user), presence, note)
    return line === undefined || shown === null ? null : [line, shown]
  }

  return {
    show: (userId) =>
      Effect.suspend(() => {
        const user = directory().users.get(userId)
        const shown = user === undefined ? null : shownOf(user)
        return shown === null ? Effect.void : tell(...shown)
      }),
    showAll: Effect.suspend(() => {
      const all = directory().data.users.flatMap((user) => {
        const shown = shownOf(user)
        return shown === null ? [] : [shown]
      })
      const before = lines
      lines = new Map(all.map(([line]) => [lineKey(line.number, line.context), line]))
      const gone = [...before].flatMap(([key, line]) => (lines.has(key) ? [] : [line]))
      return Effect.andThen(
        Effect.forEach(gone, (line) => tell(line, null), { discard: true }),
        Effect.forEach(all, (shown) => tell(...shown), { discard: true })
      )
    })
  }
}
