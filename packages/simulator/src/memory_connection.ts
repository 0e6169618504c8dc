/** A connection in memory with both of its ends. Nothing is called from within a call: bytes move in turns of the scheduler. */
import type { CloseCause, Connection, ConnectionHandlers, Endpoint } from "@ctid/core/connection/connection"
import type { TlsServer } from "@ctid/core/connection/tls_identity"
import * as Effect from "effect/Effect"
import { makeByteQueue } from "./byte_queue.ts"

/** What the client is told. */
export interface MemoryClientHandlers {
  readonly onBytes: (chunk: Uint8Array) => void
  /** The server has taken what made `pending` more than nothing. */
  readonly onDrain?: () => void
  /** Both ends are inside TLS now. */
  readonly onSecure?: () => void
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
  /**
   * Begins TLS, as its client. What is written from here on waits until the server has begun it too; where the server never does, it
   * gets the bytes of a handshake, which are no line to it. What comes in clear from here on breaks the connection.
   */
  readonly startTls: () => void
  /** Both ends are inside TLS. */
  readonly encrypted: () => boolean
  /** Ends in an orderly way, after what was written. */
  readonly end: () => void
  /** Breaks the connection. */
  readonly reset: () => void
}

export interface MemoryConnectionOptions {
  readonly id: number
  readonly peer: Endpoint
  readonly local: Endpoint
  /** TLS from the first byte: the listener's side of it. Null: clear text. */
  readonly tls: TlsServer | null
  /** The client begins TLS at once. */
  readonly startTls: boolean
  /** Milliseconds. */
  readonly socketTimeout: () => number
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

/** How a handshake begins (RFC 8446, section 5.1). */
const CLIENT_HELLO = new Uint8Array([0x16, 0x03, 0x01])

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
  /** Each end's way into TLS; what it writes meanwhile is held. */
  let serverTls: "clear" | "handshake" | "secure" = "clear"
  let clientTls: "clear" | "handshake" | "secure" = "clear"
  const serverHeld: Array<Uint8Array> = []
  const clientHeld: Array<Uint8Array> = []

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
    if (because !== "closed" && because !== "peer_closed") {
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

  const heldBytes = (): number => serverHeld.reduce((sum, bytes) => sum + bytes.length, 0)

  /** The handshake, once the client's part of it has come. Anything else in its place ends the connection. */
  const shakeHands = (): void => {
    const chunk = toServer.shift()
    if (chunk === null) {
      if (clientEnding) finish("tls_failed")
      return
    }
    if (chunk.length !== CLIENT_HELLO.length || !chunk.every((byte, at) => byte === CLIENT_HELLO[at])) {
      finish("tls_failed")
      return
    }
    serverTls = "secure"
    clientTls = "secure"
    options.client.onSecure?.()
    for (const bytes of serverHeld.splice(0)) toClient.push(bytes)
    for (const bytes of clientHeld.splice(0)) toServer.push(bytes)
    watch()
    schedule()
  }

  const beginTls = (tls: TlsServer): void => {
    serverTls = "handshake"
    options.run(
      Effect.andThen(Effect.sleep(tls.handshakeTimeout), () => {
        if (serverTls === "handshake") finish("tls_failed")
        return Effect.void
      })
    )
    schedule()
  }

  /** Moves at most one chunk each way, so that many connections share the turns. */
  const turn = (): void => {
    if (state === "open" && serverTls === "handshake") shakeHands()
    else if (state === "open" && !serverPaused) {
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
      if (chunk !== null && clientTls === "handshake") {
        leave("reset")
        finish("tls_failed")
      } else if (chunk !== null) options.client.onBytes(chunk)
    }
    if (clientDrainOwed && toServer.waiting() === 0) {
      clientDrainOwed = false
      if (client === "open") options.client.onDrain?.()
    }
    if (drainOwed && state === "open" && serverTls !== "handshake" && toClient.waiting() === 0) {
      drainOwed = false
      guarded(() => handlers?.onDrain())
    }
    if (state === "closing" && toClient.waiting() === 0) finish(cause)
    if (state === "ended" && client === "open" && toClient.isEmpty()) leave("ended")
    const more =
      (state === "open" && !serverPaused && serverTls !== "handshake" && (!toServer.isEmpty() || clientEnding)) ||
      (client === "open" && !clientPaused && !toClient.isEmpty())
    if (more) schedule()
  }

  /** While something waits, something must be taken in each socket timeout. */
  const watched: Effect.Effect<void> = Effect.suspend(() => {
    const before = toClient.taken()
    return Effect.andThen(Effect.sleep(options.socketTimeout()), () => {
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

  const watch = (): void => {
    if (watching || toClient.waiting() === 0) return
    watching = true
    options.run(watched)
  }

  const connection: Connection = {
    id: options.id,
    peer: options.peer,
    local: options.local,
    get encrypted() {
      return serverTls !== "clear"
    },
    write: (bytes) => {
      if (state !== "open" || client !== "open") return true
      if (serverTls === "handshake") serverHeld.push(bytes)
      else toClient.push(bytes)
      schedule()
      watch()
      if (toClient.waiting() + heldBytes() <= options.highWater) return true
      drainOwed = true
      return false
    },
    pending: () => (state === "ended" ? 0 : toClient.waiting() + heldBytes()),
    upgradeToTls: (tls) => {
      if (state === "open" && serverTls === "clear") beginTls(tls)
    },
    pause: () => {
      serverPaused = true
    },
    resume: () => {
      serverPaused = false
      schedule()
    },
    close: () => {
      if (state !== "open") return
      if (serverTls === "handshake") {
        finish("destroyed")
        return
      }
      state = "closing"
      cause = "closed"
      schedule()
    },
    destroy: () => finish("destroyed")
  }

  const startTls = (): void => {
    if (clientTls !== "clear") return
    clientTls = "handshake"
    toServer.push(CLIENT_HELLO.slice())
    schedule()
  }

  // before the first turn, which may be the last
  options.schedule(() => {
    if (options.tls !== null) beginTls(options.tls)
    guarded(() => {
      handlers = options.accept(connection)
    })
    schedule()
  })
  if (options.startTls) startTls()

  return {
    address: options.peer,
    write: (bytes) => {
      if (client !== "open" || clientEnding || state === "ended") return
      if (clientTls === "handshake") clientHeld.push(bytes.slice())
      else toServer.push(bytes.slice())
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
    startTls,
    encrypted: () => clientTls === "secure",
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
