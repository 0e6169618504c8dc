/** One direction of a connection in memory: what waits at the sender, what the system holds, what the receiver took. */

/** Largest chunk that is handed over at once, in bytes. */
const CHUNK = 64 * 1024

export interface ByteQueue {
  readonly push: (bytes: Uint8Array) => void
  /** Bytes that the system has not taken yet. */
  readonly waiting: () => number
  /** Nothing waits, nothing is on its way. */
  readonly isEmpty: () => boolean
  /** Bytes that the receiver took since the beginning. */
  readonly taken: () => number
  /** Hands over one chunk, if there is one. The receiver may keep it. */
  readonly shift: () => Uint8Array | null
  readonly clear: () => void
}

/** `capacity`: bytes that the system holds for a receiver that does not read. */
export const makeByteQueue = (capacity: number): ByteQueue => {
  let chunks: Array<Uint8Array> = []
  let total = 0
  let taken = 0
  return {
    push: (bytes) => {
      if (bytes.length === 0) return
      chunks.push(bytes)
      total += bytes.length
    },
    waiting: () => Math.max(0, total - capacity),
    isEmpty: () => total === 0,
    taken: () => taken,
    shift: () => {
      const first = chunks[0]
      if (first === undefined) return null
      if (first.length > CHUNK) chunks[0] = first.subarray(CHUNK)
      else chunks.shift()
      const chunk = first.slice(0, CHUNK)
      total -= chunk.length
      taken += chunk.length
      return chunk
    },
    clear: () => {
      chunks = []
      total = 0
    }
  }
}
