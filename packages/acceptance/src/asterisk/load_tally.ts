/** What came of a load. */
import type { AmiMessage } from "@ctid/ami"
import type { CallLoad } from "./call_load.ts"

/** Counts events as they come: nothing may be lost, come twice or out of order. */
export class LoadTally {
  readonly mistakes: Array<string> = []
  readonly begun = new Set<string>()
  readonly ended = new Set<string>()
  readonly next: Array<number>
  packets = 0
  done = 0
  readonly #load: CallLoad

  constructor(load: CallLoad) {
    this.#load = load
    this.next = Array.from({ length: load.loops }, () => 0)
  }

  readonly take = (event: AmiMessage): void => {
    this.packets++
    if (event.name === "Newchannel") this.begun.add(event.get("Uniqueid") ?? "")
    else if (event.name === "Hangup") this.ended.add(event.get("Uniqueid") ?? "")
    else if (event.get("UserEvent") === "LoadDone") this.done++
    else if (event.get("UserEvent") === "Load") this.#number(Number(event.get("Loop")), Number(event.get("Seq")))
  }

  /** All loops have said that they are over. */
  burst(): boolean {
    return this.done === this.#load.loops
  }

  /** And every channel has hung up: four of each call, two of each loop. */
  over(): boolean {
    const channels = 4 * this.#load.calls + 2 * this.#load.loops
    return this.burst() && this.begun.size >= channels && this.ended.size === this.begun.size
  }

  /** What is wrong with what came; empty: nothing. */
  complaints(): ReadonlyArray<string> {
    const short = this.next.flatMap((next, loop) => (next === this.#load.count ? [] : [`loop ${loop}: ended at ${next}`]))
    const open = [...this.begun].filter((channel) => !this.ended.has(channel))
    const odd = [...this.ended].filter((channel) => !this.begun.has(channel))
    return [...this.mistakes, ...short, ...[...open, ...odd].map((channel) => `channel ${channel}: begun or ended, not both`)]
  }

  #number(loop: number, seq: number): void {
    const expected = this.next[loop] ?? 0
    if (seq !== expected) this.mistakes.push(`loop ${loop}: ${seq} after ${expected - 1}`)
    this.next[loop] = seq + 1
  }
}
