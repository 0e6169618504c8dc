/** Finds peers that take nothing of what waits for them, with one timer for all and none per write. */

/** What is watched. */
export interface Watched {
  /** Bytes that the peer's side has taken so far. */
  readonly taken: () => number
  /** Bytes that still wait. 0: nothing to watch any more. */
  readonly pending: () => number
  /** Nothing was taken for the timeout, or the end was not reached in time. */
  readonly onTimeout: () => void
}

interface Watch {
  taken: number
  /** Sweeps left until its time is over. */
  left: number
  /** Its end is awaited: taking something wins no more time. */
  readonly ending: boolean
}

const SWEEPS_PER_TIMEOUT = 4

/**
 * Only connections with bytes waiting (or being closed) are in it, so an idle server has no timer at all. The timer does
 * not keep the process alive. A peer is found between one and one and a quarter timeouts after it last took something.
 *
 * Sweeps are counted, not milliseconds: a process that stood still must not blame its peers for that time.
 */
export class WriteWatch {
  readonly #timeout: () => number
  /** Milliseconds between the sweeps of `#timer`. */
  #interval = 0
  #watches = new Map<Watched, Watch>()
  #timer: NodeJS.Timeout | null = null

  /** @param timeout milliseconds; a function is asked at each new peer, and what it says holds for all of them */
  constructor(timeout: number | (() => number)) {
    this.#timeout = typeof timeout === "number" ? () => timeout : timeout
  }

  /** Bytes wait for this peer. Calling it again for the same peer changes nothing. */
  watch(peer: Watched): void {
    if (!this.#watches.has(peer)) this.#add(peer, false)
  }

  /** From now on the peer has the timeout to come to its end. */
  watchEnd(peer: Watched): void {
    this.#add(peer, true)
  }

  forget(peer: Watched): void {
    this.#watches.delete(peer)
  }

  #add(peer: Watched, ending: boolean): void {
    // One more, as the first sweep may come at once.
    this.#watches.set(peer, { taken: peer.taken(), left: SWEEPS_PER_TIMEOUT + 1, ending })
    const interval = Math.max(1, this.#timeout() / SWEEPS_PER_TIMEOUT)
    if (this.#timer !== null && interval === this.#interval) return
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#interval = interval
    this.#timer = setInterval(() => this.#sweep(), interval)
    this.#timer.unref()
  }

  #sweep(): void {
    for (const [peer, watch] of this.#watches) this.#look(peer, watch)
    if (this.#watches.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  #look(peer: Watched, watch: Watch): void {
    if (!watch.ending && peer.pending() === 0) {
      this.#watches.delete(peer)
      return
    }
    const taken = peer.taken()
    if (taken !== watch.taken && !watch.ending) {
      watch.taken = taken
      watch.left = SWEEPS_PER_TIMEOUT
      return
    }
    if (--watch.left > 0) return
    this.#watches.delete(peer)
    peer.onTimeout()
  }
}
