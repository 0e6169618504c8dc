/** The actions of one link that wait for their answers. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { AmiActionError, type AmiList, refusal } from "./ami_action.ts"
import type { AmiMessage } from "./ami_message.ts"
import { sizeOf } from "./packet.ts"

/** Most characters of one list; a longer one fails its action. */
const MAX_LIST = 128 * 1024 * 1024

interface Pending {
  readonly action: string
  readonly collects: boolean
  readonly items: Array<AmiMessage>
  /** Characters of the items. */
  size: number
  response: AmiMessage | null
  readonly outcome: Deferred.Deferred<AmiList, AmiActionError>
}

const sameText = (text: string | undefined, lower: string): boolean => text !== undefined && text.toLowerCase() === lower

export class PendingActions {
  readonly #pending = new Map<string, Pending>()
  /** Lists that have begun: only for them events are searched for an ActionID. */
  #open = 0
  #closed: string | null = null
  /** Outcomes that nobody has been told yet. */
  #settled: Array<() => void> = []

  /** `collects`: the answer may begin a list. Await the outcome, and call `remove` whatever comes of it. */
  add(id: string, action: string, collects: boolean): Deferred.Deferred<AmiList, AmiActionError> {
    const outcome = Deferred.makeUnsafe<AmiList, AmiActionError>()
    if (this.#closed !== null) {
      Deferred.doneUnsafe(outcome, Effect.fail(new AmiActionError({ reason: "lost", action, message: this.#closed })))
    } else this.#pending.set(id, { action, collects, items: [], size: 0, response: null, outcome })
    return outcome
  }

  remove(id: string): void {
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    this.#pending.delete(id)
    if (pending.response !== null) this.#open--
  }

  /**
   * True when the message was an answer, or belonged to a list: then it is not an event for others. Who waits for the answer is told by
   * `flush`: he may run at once, and the reader must have dealt with the whole of what it read by then.
   */
  offer(message: AmiMessage): boolean {
    if (message.kind === "response") {
      this.#answer(message)
      return true
    }
    return this.#open > 0 && this.#item(message)
  }

  /** Tells the outcomes of what was offered. */
  flush(): void {
    const settled = this.#settled
    if (settled.length === 0) return
    this.#settled = []
    for (const tell of settled) tell()
  }

  /** The link is gone: nothing will be answered any more. */
  close(message: string): void {
    this.#closed = message
    for (const [id, pending] of this.#pending) {
      this.#settle(id, pending, Effect.fail(new AmiActionError({ reason: "lost", action: pending.action, message })))
    }
    this.flush()
  }

  #answer(response: AmiMessage): void {
    const id = response.get("ActionID")
    const pending = id === undefined ? undefined : this.#pending.get(id)
    // an answer that came too late has nobody waiting for it
    if (id === undefined || pending === undefined || pending.response !== null) return
    if (sameText(response.name, "error")) this.#settle(id, pending, Effect.fail(refusal(pending.action, response)))
    else if (pending.collects && sameText(response.get("EventList"), "start")) {
      pending.response = response
      this.#open++
    } else this.#settle(id, pending, Effect.succeed({ response, items: [] }))
  }

  #item(event: AmiMessage): boolean {
    const id = event.get("ActionID")
    const pending = id === undefined ? undefined : this.#pending.get(id)
    if (id === undefined || pending === undefined || pending.response === null) return false
    if (sameText(event.get("EventList"), "complete")) {
      this.#settle(id, pending, Effect.succeed({ response: pending.response, items: pending.items }))
      return true
    }
    pending.size += sizeOf(event)
    if (pending.size <= MAX_LIST) pending.items.push(event)
    else {
      const message = `The list of ${pending.action} is longer than ${MAX_LIST} characters.`
      this.#settle(id, pending, Effect.fail(new AmiActionError({ reason: "refused", action: pending.action, message })))
    }
    return true
  }

  #settle(id: string, pending: Pending, outcome: Effect.Effect<AmiList, AmiActionError>): void {
    this.remove(id)
    this.#settled.push(() => Deferred.doneUnsafe(pending.outcome, outcome))
  }
}
