/**
 * What the administration pages said in one turn of the event loop, over whatever connections, is done together (reference 8.1): the
 * whole configuration is read first, then the queue members, then the objects, the last one first. Nothing is read twice for one turn.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { LiveValues, ObjectName } from "../config/live_config.ts"
import type { ObjectChange, WebCommand } from "./web_interface.ts"

/** What is done. Each effect ends when clients have been told. */
export interface WebEffects {
  /** Reads the configuration again and takes it over; false: it was refused, and nothing has changed. */
  readonly reload: Effect.Effect<boolean>
  /** Reads what is declared now, and takes nothing over; null: it was refused. */
  readonly read: Effect.Effect<LiveValues | null>
  /** Takes over the members of queues, and nothing else. */
  readonly queueMembers: (declared: LiveValues) => Effect.Effect<void>
  /** `declared` undefined: as it was read last. False: there is no such object. */
  readonly object: (object: ObjectName, change: ObjectChange, declared: LiveValues | undefined) => Effect.Effect<boolean>
}

export type TurnCommand = Extract<WebCommand, { readonly _tag: "Reload" | "QueueMembers" | "Object" }>

/** Null: done. Else why not. */
export type Refusal = string | null

interface Waiting {
  readonly command: TurnCommand
  readonly done: Deferred.Deferred<Refusal>
}

const REFUSED = "the configuration was refused"

export class WebTurn {
  readonly #effects: WebEffects
  #waiting: Array<Waiting> = []
  #working = false

  constructor(effects: WebEffects) {
    this.#effects = effects
  }

  /** Ends when it is done. */
  perform(command: TurnCommand): Effect.Effect<Refusal> {
    return Effect.gen({ self: this }, function* () {
      const done = yield* Deferred.make<Refusal>()
      this.#waiting.push({ command, done })
      if (!this.#working) {
        this.#working = true
        // of its own: what it does may close the port on which it was asked for
        yield* Effect.forkDetach(this.#work())
      }
      return yield* Deferred.await(done)
    })
  }

  #work(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      for (;;) {
        // the end of this turn
        yield* Effect.yieldNow
        const turn = this.#waiting
        if (turn.length === 0) break
        this.#waiting = []
        yield* this.#perform(turn)
      }
      this.#working = false
    })
  }

  #perform(turn: ReadonlyArray<Waiting>): Effect.Effect<void> {
    const { reload, read, queueMembers, object } = this.#effects
    const of = (tag: TurnCommand["_tag"]): ReadonlyArray<Waiting> => turn.filter(({ command }) => command._tag === tag)
    return Effect.gen(function* () {
      /** Undefined: as it was read last. */
      let declared: Effect.Effect<LiveValues | null | undefined> = yield* Effect.cached(read)
      const withDeclared = (use: (now: LiveValues | undefined) => Effect.Effect<Refusal>): Effect.Effect<Refusal> =>
        Effect.flatMap(declared, (now) => (now === null ? Effect.succeed(REFUSED) : use(now)))

      const reloads = of("Reload")
      if (reloads.length > 0) {
        const exit = yield* settle(
          reloads,
          Effect.map(reload, (is) => (is ? null : REFUSED))
        )
        declared = Effect.succeed(Exit.isSuccess(exit) && exit.value === null ? undefined : null)
      }
      const members = of("QueueMembers")
      if (members.length > 0) {
        const taken = withDeclared((now) => (now === undefined ? Effect.succeed(null) : Effect.as(queueMembers(now), null)))
        yield* settle(members, taken)
      }
      for (const one of of("Object").toReversed()) {
        if (one.command._tag !== "Object") continue
        const { list, id, change } = one.command
        const apply = (now: LiveValues | undefined): Effect.Effect<Refusal> =>
          Effect.map(object({ list, id }, change, now), (is) => (is ? null : `there is no ${id} in ${list}`))
        yield* settle([one], change === "delete" ? apply(undefined) : withDeclared(apply))
      }
    })
  }
}

/** Does it once for all who asked; what goes wrong is theirs to report, and no reason to stop. */
const settle = (waiting: ReadonlyArray<Waiting>, effect: Effect.Effect<Refusal>): Effect.Effect<Exit.Exit<Refusal>> =>
  Effect.tap(Effect.exit(effect), (exit) => Effect.forEach(waiting, ({ done }) => Deferred.done(done, exit), { discard: true }))
