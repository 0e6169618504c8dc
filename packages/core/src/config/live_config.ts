/**
 * A configuration that may change while the server runs: the doors `Directory` and `Settings` over one cell, so that both change
 * in one step.
 *
 * @example
 * ```ts
 * import { CtiServer, LiveConfig } from "@ctid/core"
 * import * as Effect from "effect/Effect"
 *
 * const separate = Effect.gen(function* () {
 *   const live = yield* LiveConfig
 *   const { directory, settings } = live.declared()
 *   yield* live.replace({ directory, settings: { ...settings, contextSeparation: true } })
 *   yield* (yield* CtiServer).reload() // else it follows by itself, a moment later
 * })
 * ```
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import { Directory, type DirectoryData, type DirectorySnapshot, snapshotOf } from "../directory/directory.ts"
import { sameValue } from "./same_value.ts"
import { type ServerSettings, Settings } from "./settings.ts"

/** What may change while the server runs. */
export interface LiveValues {
  readonly directory: DirectoryData
  readonly settings: ServerSettings
}

/** Lists with objects of their own, that may be hidden one by one. */
export type ObjectList = "users" | "phones" | "agents" | "queues" | "voicemails"

export interface ObjectName {
  readonly list: ObjectList
  readonly id: number
}

export interface ObjectState {
  readonly state: "shown" | "hidden"
  /** What is declared from here on, in the same step; other hidden objects stay hidden. Absent: the same as before. */
  readonly values?: LiveValues | undefined
  /** Run when it is so, before those who watch are told. */
  readonly takeOver?: Effect.Effect<void>
}

export class LiveConfig extends Context.Service<
  LiveConfig,
  {
    /** What was declared last, what is hidden included. */
    readonly declared: () => LiveValues
    /** Declares everything anew; what was hidden is shown again. */
    readonly replace: (values: LiveValues) => Effect.Effect<void>
    /** Declares everything anew; what is hidden stays hidden. */
    readonly declare: (values: LiveValues) => Effect.Effect<void>
    /** Shows or hides one object. False: there is no such object to be shown, or there was none to hide. */
    readonly setObject: (object: ObjectName, change: ObjectState) => Effect.Effect<boolean>
  }
>()("@ctid/core/LiveConfig") {
  static readonly layer = (values: LiveValues): Layer.Layer<LiveConfig | Directory | Settings> =>
    Layer.effectContext(make(values))
}

const keyOf = ({ list, id }: ObjectName): string => `${list}/${id}`

const isIn = ({ users, lines, agents, queues, voicemails }: DirectorySnapshot, { list, id }: ObjectName): boolean =>
  ({ users, phones: lines, agents, queues, voicemails })[list].has(id)

const isDeclared = ({ users, lines, agents, queues, voicemails }: DirectoryData, object: ObjectName): boolean => {
  const items: ReadonlyArray<{ readonly id: number }> = { users, phones: lines, agents, queues, voicemails }[object.list]
  return items.some(({ id }) => id === object.id)
}

const withoutHidden = (data: DirectoryData, hidden: ReadonlySet<string>): DirectoryData => {
  if (hidden.size === 0) return data
  const shown = <A extends { readonly id: number }>(list: ObjectList, items: ReadonlyArray<A>): ReadonlyArray<A> =>
    items.filter(({ id }) => !hidden.has(keyOf({ list, id })))
  return {
    ...data,
    users: shown("users", data.users),
    lines: shown("phones", data.lines),
    agents: shown("agents", data.agents),
    queues: shown("queues", data.queues),
    voicemails: shown("voicemails", data.voicemails)
  }
}

const make = Effect.fnUntraced(function* (first: LiveValues) {
  const hidden = new Set<string>()
  let declared = first
  let snapshot = snapshotOf(first.directory)
  let settings = first.settings
  const snapshots = yield* PubSub.unbounded<DirectorySnapshot>()
  const settingses = yield* PubSub.unbounded<ServerSettings>()

  /** In one step: nobody ever sees the one without the other. Answers the telling of it. */
  const declare = (values: LiveValues): Effect.Effect<void> => {
    declared = values
    const data = withoutHidden(values.directory, hidden)
    const anotherDirectory = !sameValue(data, snapshot.data)
    const otherSettings = !sameValue(values.settings, settings)
    if (anotherDirectory) snapshot = snapshotOf(data)
    if (otherSettings) settings = values.settings
    return Effect.andThen(
      anotherDirectory ? PubSub.publish(snapshots, snapshot) : Effect.void,
      otherSettings ? PubSub.publish(settingses, settings) : Effect.void
    ).pipe(Effect.asVoid)
  }

  const live = LiveConfig.of({
    declared: () => declared,
    replace: (values) =>
      Effect.suspend(() => {
        hidden.clear()
        return declare(values)
      }),
    declare: (values) => Effect.suspend(() => declare(values)),
    setObject: (object, { state, values, takeOver = Effect.void }) =>
      Effect.suspend(() => {
        const wasThere = isIn(snapshot, object)
        const next = values ?? declared
        if (state === "shown") hidden.delete(keyOf(object))
        else if (isDeclared(next.directory, object)) hidden.add(keyOf(object))
        const telling = declare(next)
        return Effect.as(Effect.andThen(takeOver, telling), state === "hidden" ? wasThere : isIn(snapshot, object))
      })
  })
  return Context.make(LiveConfig, live).pipe(
    Context.add(Directory, Directory.of({ current: () => snapshot, changes: Stream.fromPubSub(snapshots) })),
    Context.add(Settings, Settings.of({ current: () => settings, changes: Stream.fromPubSub(settingses) }))
  )
})
