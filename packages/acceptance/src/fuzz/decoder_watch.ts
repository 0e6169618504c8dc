/** Looks after decoders, which run in the fuzzer's own thread: one that does not come to an end is found all the same. */
import { Worker } from "node:worker_threads"
import type { FuzzCase } from "./fuzz_case.ts"

/** Milliseconds of CPU after which a decoder has taken too long. */
const TOO_LONG = 2_000

export class DecoderWatch {
  readonly #thread = new Worker(new URL("./decoder_watch_thread.js", import.meta.url))

  constructor() {
    this.#thread.unref()
  }

  /** Runs it; answers what is wrong. What never ends is written to a file, and the process is killed. */
  check(one: FuzzCase, run: () => string | null): string | null {
    this.#thread.postMessage(one)
    const before = process.cpuUsage()
    const complaint = run()
    const took = process.cpuUsage(before).user / 1000
    this.#thread.postMessage(null)
    return complaint ?? (took > TOO_LONG ? `${one.decoder} took ${took.toFixed(0)} ms of CPU` : null)
  }

  async stop(): Promise<void> {
    await this.#thread.terminate()
  }
}
