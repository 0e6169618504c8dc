/** What is wanted of the PBX and not yet known to be done: the last wish of each key, in the order of the wishing. */
import { type Agent, deviceKey, type Line } from "@ctid/core/directory/directory"
import type * as Effect from "effect/Effect"
import type { AmiActionError } from "./ami_action.ts"
import { type WishEvent, type WishState, wishStep } from "./wish_life.ts"

export interface Wish {
  /** `dnd 11`: a new wish of the same key takes its place. */
  readonly key: string
  readonly operation: string
  readonly run: Effect.Effect<void, AmiActionError>
  /** Of an agent: whose. What is wanted of one agent keeps its order, whatever its keys are. */
  readonly agentId?: number
  /** Of an agent who logs in: where. */
  readonly login?: { readonly agent: Agent; readonly line: Line }
}

/** Keys are made of configured lines, agents and queues, so there are only so many. */
export class Wishes {
  readonly #wishes = new Map<string, { readonly wish: Wish; state: WishState }>()

  /** `asked`: the PBX is there. `replaces`: a wish whose key begins so has no meaning any more. */
  add(wish: Wish, state: "asked" | "waiting", replaces: string | null): void {
    const older = this.#wishes.get(wish.key)
    if (older !== undefined) this.happens(older.wish, "replaced")
    if (replaces !== null) {
      for (const [key, { wish: other }] of this.#wishes) if (key.startsWith(replaces)) this.happens(other, "replaced")
    }
    this.#wishes.set(wish.key, { wish, state })
  }

  /** Something happens to it, unless it is over: then a newer wish of the same key stays. */
  happens(wish: Wish, event: WishEvent): void {
    const found = this.#wishes.get(wish.key)
    if (found?.wish !== wish) return
    found.state = wishStep(found.state, event)
    if (found.state === "settled") this.#wishes.delete(wish.key)
  }

  /** False: it is being asked for, or over. */
  isWaiting(wish: Wish): boolean {
    const found = this.#wishes.get(wish.key)
    return found?.wish === wish && found.state === "waiting"
  }

  /** Older ones of the same agent that are not over. */
  before(wish: Wish): ReadonlyArray<Wish> {
    if (wish.agentId === undefined) return []
    const older: Array<Wish> = []
    for (const { wish: other } of this.#wishes.values()) {
      if (other === wish) break
      if (other.agentId === wish.agentId) older.push(other)
    }
    return older
  }

  /** Another agent who logs in with this device, or waits for it. */
  agentFor(device: string, agentId: number): Agent | undefined {
    for (const { login } of this.#all()) {
      if (login !== undefined && login.agent.id !== agentId && deviceKey(login.line.device) === deviceKey(device)) {
        return login.agent
      }
    }
    return undefined
  }

  /** Those that wait, oldest first. */
  waiting(): ReadonlyArray<Wish> {
    return this.#all().filter((wish) => this.isWaiting(wish))
  }

  #all(): ReadonlyArray<Wish> {
    return [...this.#wishes.values()].map(({ wish }) => wish)
  }
}
