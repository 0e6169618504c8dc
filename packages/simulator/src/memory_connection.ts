/** A connection in memory with both of its ends. Nothing is called from within a call: bytes move in turns of the scheduler. */
import type { CloseCause, Connection, ConnectionHandlers, Endpoint } from "@ctid/core/connection/connection"
import * as Effect from "effect/Effect"
import { makeByteQueue } from "./byte_queue.ts"

/** What the client is told. */
export interface MemoryClientHandlers {
  readonly onBytes: (chunk: Uint8Array) => void
  /** The server has taken what made `pending` more than nothing. */
  readonly onDrain?: () => void
  /** Called once, last. `ended`: the server closed after all it had written; `reset`: it is broken, or we broke it. */
  readonly onClose: (how: "ended" | "reset") => void
}

/** The client's end. It reads what comes unless it is told otherwise. */
export interface MemoryClient {
  readonly address: Endpoint
  readonly write: (bytes: Uint8Array) => void
  /** Bytes that wait because the server does not read, beyond what the system holds. */
  readonly pending: () => number
  /** Stops reading: what the server writes begins to wait there. */
  readonly pause: () => void
  readonly resume: () => void
  /** Ends in an orderly way, after what was written. */
  readonly end: () => void
  /** Breaks the connection. */
  readonly reset: () => void
}

export interface MemoryConnectionOptions {
  readonly id: number
  readonly peer: Endpoint
  readonly local: Endpoint
  readonly encrypted: boolean
  /** Milliseconds. */
  readonly socketTimeout: number
  /** Bytes that the system holds for an end that does not read. */
  readonly capacity: number
  /** Bytes waiting above which `write` answers false. */
  readonly highWater: number
  readonly accept: (connection: Connection) => ConnectionHandlers
  readonly client: MemoryClientHandlers
  /** Runs a task in a later turn. */
  readonly schedule: (task: () => void) => void
  readonly run: (effect: Effect.Effect<void>) => void
}

/** What a handler kept without copying is overwritten with this: a binding may reuse the array. */
const REUSED = 0xee

export const connectInMemory = (options: MemoryConnectionOptions): MemoryClient => {
  const toClient = makeByteQueue(options.capacity)
  const toServer = makeByteQueue(options.capacity)
  let handlers: ConnectionHandlers | null = null
  let state: "open" | "closing" | "ended" = "open"
  let cause: CloseCause = "closed"
  let serverPaused = false
  let clientPaused = false
  let clientEnding = false
  let client: "open" | "leaving" | "gone" = "open"
  let drainOwed = false
  let clientDrainOwed = false
  let scheduled = false
  let watching = false

  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    options.schedule(() => {
      scheduled = false
      turn()
    })
  }

  /** The server's end is over; `onClose` follows in a later turn. */
  const finish = (because: CloseCause): void => {
    if (state === "ended") return
    state = "ended"
    cause = because
    toServer.clear()
    if (because === "destroyed" || because === "write_timeout" || because === "connection_lost") {
      toClient.clear()
      if (client === "open") leave("reset")
    }
    const told = handlers
    options.schedule(() => told?.onClose(cause))
    schedule()
  }

  const leave = (how: "ended" | "reset"): void => {
    client = "leaving"
    options.schedule(() => {
      if (client === "gone") return
      client = "gone"
      options.client.onClose(how)
    })
  }

  /** A handler's mistake costs its own connection. */
  const guarded = (call: () => void): void => {
    try {
      call()
    } catch {
      finish("destroyed")
    }
  }

  /** Moves at most one chunk each way, so that many connections share the turns. */
  const turn = (): void => {
    if (state === "open" && !serverPaused) {
      const chunk = toServer.shift()
      if (chunk !== null) {
        guarded(() => handlers?.onBytes(chunk))
        chunk.fill(REUSED)
      } else if (clientEnding) {
        state = "closing"
        cause = "peer_closed"
      }
    } else if (state === "closing") toServer.clear()
    if (client === "open" && !clientPaused) {
      const chunk = toClient.shift()
      if (chunk !== null) options.client.onBytes(chunk)
    }
    if (clientDrainOwed && toServer.waiting() === 0) {
      clientDrainOwed = false
      if (client === "open") options.client.onDrain?.()
    }
    if (drainOwed && state === "open" && toClient.waiting() === 0) {
      drainOwed = false
      guarded(() => handlers?.onDrain())
    }
    if (state === "closing" && toClient.waiting() === 0) finish(cause)
    if (state === "ended" && client === "open" && toClient.isEmpty()) leave("ended")
    const more =
      (state === "open" && !serverPaused && (!toServer.isEmpty() || clientEnding)) ||
      (client === "open" && !clientPaused && !toClient.isEmpty())
    if (more) schedule()
  }

  /** While something waits, something must be taken in each socket timeout. */
  const watched: Effect.Effect<void> = Effect.suspend(() => {
    const before = toClient.taken()
    return Effect.andThen(Effect.sleep(options.socketTimeout), () => {
      if (state === "ended" || toClient.waiting() === 0) {
        watching = false
        return Effect.void
      }
      if (toClient.taken() > before) return watched
      watching = false
      finish(state === "closing" ? "destroyed" : "write_timeout")
      return Effect.void
    })
  })

  const connection: Connection = {
    id: options.id,
    peer: options.peer,
    local: options.local,
    encrypted: options.encrypted,
    write: (bytes) => {
      if (state !== "open" || client !== "open") return true
      toClient.push(bytes)
      schedule()
      if (toClient.waiting() > 0 && !watching) {
        watching = true
        options.run(watched)
      }
      if (toClient.waiting() <= options.highWater) return true
      drainOwed = true
      return false
    },
    pending: () => (state === "ended" ? 0 : toClient.waiting()),
    pause: () => {
      serverPaused = true
    },
    resume: () => {
      serverPaused = false
      schedule()
    },
    close: () => {
      if (state !== "open") return
      state = "closing"
      cause = "closed"
      schedule()
    },
    destroy: () => finish("destroyed")
  }

  options.schedule(() => {
    guarded(() => {
      handlers = options.accept(connection)
    })
    schedule()
  })

  return {
    address: options.peer,
    write: (bytes) => {
      if (client !== "open" || clientEnding || state === "ended") return
      toServer.push(bytes.slice())
      clientDrainOwed = toServer.waiting() > 0
      schedule()
    },
    pending: () => toServer.waiting(),
    pause: () => {
      clientPaused = true
    },
    resume: () => {
      clientPaused = false
      schedule()
    },
    end: () => {
      clientEnding = true
      schedule()
    },
    reset: () => {
      if (client !== "open") return
      leave("reset")
      finish("connection_lost")
    }
  }
}
