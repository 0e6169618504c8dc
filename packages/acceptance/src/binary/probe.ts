/**
 * Loaded into the binary before it starts: answers questions about its memory over the channel to the process that started it. Needs
 * `--expose-gc`; keeps nothing alive.
 */
import { monitorEventLoopDelay } from "node:perf_hooks"

/** What a process says of itself, after a garbage collection. Bytes. */
export interface ProbeAnswer {
  readonly heap: number
  /** Outside of the heap, buffers among it. */
  readonly external: number
  readonly resident: number
  /** The longest turn of the event loop since the last question, in milliseconds. */
  readonly longestTurn: number
  /** Open sockets, timers and the like, by their kind. */
  readonly resources: Readonly<Record<string, number>>
}

const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()

/** What holds native memory is given back in a turn after the collection that found it, and lets go of more then. */
const COLLECTIONS = 3

const answer = async (): Promise<ProbeAnswer> => {
  const longestTurn = Math.max(0, delay.max / 1e6 - 10)
  for (let number = 0; number < COLLECTIONS; number++) {
    globalThis.gc?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  const resources: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
  // the collections were ours
  setTimeout(() => delay.reset(), 50).unref()
  return { heap: heapUsed, external, resident: rss, longestTurn, resources }
}

process.on("message", () => {
  void answer().then((said) => process.send?.(said))
})
// whoever started it is gone: nobody else would end it
process.on("disconnect", () => process.exit(1))
process.channel?.unref()
