/** What is wanted of the PBX and not yet known to be done: the last wish of each key, in the order of the wishing. */
import { type Agent, deviceKey, type Line } from "@ctid/core/directory/directory"
import type * as Effect from "effect/Effect"
import type { AmiActionError } from "./ami_action.ts"
import { type WishEvent, wishStep } from "./wish_life.ts"

export interface Wish {
  /** `dnd 11`: a new wish of the same key takes its place. */
  readonly key: string
  readonly operation: string
  readonly run: Effect.Effect<void, AmiActionError>
  /** Of an agent who logs in: where. */
  readonly login?: { readonly agent: Agent; readonly line: Line }
}

/** Keys are made of configured lines, agents and queues, so there are only so many. */
export class Wishes {
  readonly #wishes = new Map<string, Wish>()

  /** `replaces`: a wish whose key begins so has no meaning any more. */
  add(wish: Wish, replaces: string | null): void {
    this.#wishes.delete(wish.key)
    if (replaces !== null) {
      for (const key of this.#wishes.keys()) if (key.startsWith(replaces)) this.#wishes.delete(key)
    }
    this.#wishes.set(wish.key, wish)
  }

  /** What became of it when the PBX was asked. A newer wish of the same key stays. */
  asked(wish: Wish, event: WishEvent): void {
    if (wishStep("asked", event) === "settled" && this.isWaiting(wish)) this.#wishes.delete(wish.key)
  }

  /** False: it is done, or another one has taken its place. */
  isWaiting(wish: Wish): boolean {
    return this.#wishes.get(wish.key) === wish
  }

  /** Another agent who logs in with this device, or waits for it. */
  agentFor(device: string, agentId: number): Agent | undefined {
    for (const { login } of this.#wishes.values()) {
      if (login !== undefined && login.agent.id !== agentId && deviceKey(login.line.device) === deviceKey(device)) {
        return login.agent
      }
    }
    return undefined
  }

  /** Those that wait, oldest first. */
  waiting(): ReadonlyArray<Wish> {
    return [...this.#wishes.values()]
  }
}
