/** What the cases of the listener contract have at hand: both ends of a connection, and bytes. */
import type { CloseCause, Connection, Endpoint, Listener, ListenOptions } from "@ctid/core/connection/connection"
import type { TlsCredentials } from "@ctid/core/connection/tls_identity"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ContractCase, expectTrue, until } from "./contract.ts"

/** Long enough that no case meets it by accident. */
export const PATIENT = 30_000
/** Milliseconds, where a case waits for it. */
export const IMPATIENT = 200

/** The other end of a connection, as a test holds it. It reads what comes unless told otherwise. */
export interface FarEnd {
  /** Queues bytes; never refuses. */
  readonly send: (bytes: Uint8Array) => void
  /** All bytes read so far, in chunks. */
  readonly received: ReadonlyArray<Uint8Array>
  /** Stops reading: the network's buffers fill up. */
  readonly pause: () => void
  /** Reads on; with a number: until about that many further bytes are read, then pauses again. */
  readonly resume: (bytes?: number) => void
  /** Ends in an orderly way, after what was queued. */
  readonly end: () => void
  /** Breaks the connection. */
  readonly reset: () => void
  /** The near end has ended in an orderly way. */
  readonly ended: () => boolean
  /** Nothing more comes or goes. */
  readonly closed: () => boolean
  /** Begins TLS, as its client; what is sent from here on goes inside it. */
  readonly startTls: () => void
  /** Both ends are inside TLS. */
  readonly secure: () => boolean
}

export interface ListenerWorld {
  readonly listener: Listener["Service"]
  /** What the far ends of this world trust. */
  readonly credentials: TlsCredentials
  /** Connects to a listener of this world. The scope's end breaks the connection. */
  readonly dial: (endpoint: Endpoint) => Effect.Effect<FarEnd, unknown, Scope.Scope>
}

/** The near end with all that its handlers were told. */
export interface NearEnd {
  readonly connection: Connection
  readonly received: Array<Uint8Array>
  drains: number
  /** Writes of a flood that were answered with false. */
  slowWrites: number
  readonly causes: Array<CloseCause>
}

export const near =
  (accepted: Array<NearEnd>, onBytes?: (end: NearEnd, chunk: Uint8Array) => void) => (connection: Connection) => {
    const end: NearEnd = { connection, received: [], drains: 0, slowWrites: 0, causes: [] }
    accepted.push(end)
    return {
      onBytes: (chunk: Uint8Array) => {
        end.received.push(chunk.slice())
        onBytes?.(end, chunk)
      },
      onDrain: () => {
        end.drains++
      },
      onClose: (cause: CloseCause) => {
        end.causes.push(cause)
      }
    }
  }

export const loopback = (socketTimeout: ListenOptions["socketTimeout"]): ListenOptions => ({
  address: "127.0.0.1",
  port: 0,
  socketTimeout
})

export interface Pair {
  readonly nearEnd: NearEnd
  readonly farEnd: FarEnd
}

export const pair = (world: ListenerWorld, socketTimeout = PATIENT): Effect.Effect<Pair, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const accepted: Array<NearEnd> = []
    const endpoint = yield* world.listener.listen(loopback(socketTimeout), near(accepted))
    const farEnd = yield* world.dial(endpoint)
    yield* until("the connection is accepted", () => accepted.length === 1)
    const nearEnd = yield* Effect.fromNullishOr(accepted[0])
    yield* Effect.addFinalizer(() => Effect.sync(() => nearEnd.connection.destroy()))
    return { nearEnd, farEnd }
  })

export const size = (chunks: ReadonlyArray<Uint8Array>): number => chunks.reduce((sum, chunk) => sum + chunk.length, 0)

export const joined = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const all = new Uint8Array(size(chunks))
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}

/** Bytes of which no two near places look alike. */
export const pattern = (length: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 17 + (i >> 16)) & 0xff
  return bytes
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

/** Cuts bytes into pieces of very different sizes. */
export const pieces = (bytes: Uint8Array): ReadonlyArray<Uint8Array> => {
  const sizes = [1, 2, 3, 1000, 7, 65_536, 1, 40_000, 13, 32_768, 32_769]
  const cut: Array<Uint8Array> = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = sizes[i % sizes.length] ?? 1
    cut.push(bytes.subarray(at, at + length))
    at += length
  }
  return cut
}

export const MIB = 1024 * 1024
export const BLOCK = new Uint8Array(64 * 1024)
/** More than the buffers of any network hold. */
const FLOOD_LIMIT = 256 * MIB

/** Milliseconds in which a network that moves takes what was written. */
const TAKEN = 50

const isTaken = (connection: Connection, waited = 0): Effect.Effect<boolean> =>
  Effect.suspend(() => {
    if (connection.pending() === 0) return Effect.succeed(true)
    return waited > TAKEN ? Effect.succeed(false) : Effect.andThen(Effect.sleep(5), isTaken(connection, waited + 5))
  })

/** Writes until the peer is slow; the bytes written. Inside TLS a long write may be answered with false by a peer that is not. */
export const flood = (nearEnd: NearEnd): Effect.Effect<number, unknown> =>
  Effect.gen(function* () {
    const { connection } = nearEnd
    let written = 0
    for (let slow = false; !slow; ) {
      const room = connection.write(BLOCK)
      written += BLOCK.length
      if (!room) nearEnd.slowWrites++
      yield* expectTrue("a peer that does not read is found slow", written < FLOOD_LIMIT)
      // The network moves only when we let go.
      yield* Effect.sleep(0)
      slow = !room && !(yield* isTaken(connection))
    }
    return written
  })

type Run = (world: ListenerWorld) => Effect.Effect<void, unknown, Scope.Scope>

export const contractCase = (name: string, run: Run): ContractCase<ListenerWorld> => ({
  name,
  run: (world) => Effect.scoped(run(world))
})
