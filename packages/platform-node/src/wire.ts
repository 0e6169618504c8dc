/** A connection that we opened: bytes in, bytes out, one end. What the AMI and the client transports share. */

import type { Socket } from "node:net"
import { TLSSocket } from "node:tls"
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { beginTls, type DialOptions, type DialTls, dial } from "./dial.ts"
import { closedError, endedError, hostPort, lostError, type WireError } from "./wire_error.ts"

export interface WireHandlers {
  readonly onBytes: (chunk: Uint8Array, wire: Wire) => void
  /** Called once, last; null: we closed. Not called when the wire could not be opened. */
  readonly onClose: (error: WireError | null) => void
  /** Inside TLS: cuts what is written into the records in which it leaves. Absent: as the system likes it. */
  readonly recordsOf?: (bytes: Uint8Array) => ReadonlyArray<Uint8Array>
}

/** Milliseconds in which the other end must take what we wrote before our `close`. */
const CLOSE_GRACE = 2_000

/** Bytes that are read in one turn of the event loop. Node itself would take up to 2 MB: of a busy Asterisk, 50 ms of work. */
const TURN = 256 * 1024

/** A write that waits until the other end has taken what was written. */
type Waiter = (outcome: Effect.Effect<void, WireError>) => void

export class Wire {
  #socket: Socket
  #encrypted: boolean
  #where: string
  #handlers: WireHandlers
  #report: (thrown: unknown) => void
  #waiters = new Set<Waiter>()
  /** Bytes read in this turn. */
  #read = 0
  /** How it ended: undefined: not yet; null: we closed. */
  #end: WireError | null | undefined

  constructor(socket: Socket, where: string, handlers: WireHandlers, report: (thrown: unknown) => void) {
    this.#socket = socket
    this.#where = where
    this.#handlers = handlers
    this.#report = report
    this.#encrypted = socket instanceof TLSSocket
    this.#listen(socket)
  }

  get encrypted(): boolean {
    return this.#encrypted
  }

  /** Once TLS has begun, what the clear socket below it still tells is not for us. */
  #listen(socket: Socket): void {
    // what is written while an earlier write is under way would leave joined with what follows
    if (this.#cuts(socket)) Reflect.set(socket, "_writev", null)
    const current =
      <A extends ReadonlyArray<unknown>>(tell: (...args: A) => void) =>
      (...args: A): void => {
        if (socket === this.#socket) tell(...args)
      }
    socket.on(
      "data",
      current((chunk: Uint8Array) => this.#onData(chunk))
    )
    socket.on(
      "drain",
      current(() => this.#release(Effect.void))
    )
    socket.on(
      "end",
      // An end within a handshake is told as the error that it is.
      current(() => this.#encrypted === socket instanceof TLSSocket && this.#ended(closedError(this.#where)))
    )
    socket.on(
      "error",
      current((cause: unknown) => {
        this.#ended(lostError(this.#where, cause))
        // what breaks TLS after its handshake is told, and left open
        socket.destroy()
      })
    )
    socket.on(
      "close",
      current(() => this.#onClose())
    )
  }

  #cuts(socket: Socket): boolean {
    return socket instanceof TLSSocket && this.#handlers.recordsOf !== undefined
  }

  #onData(chunk: Uint8Array): void {
    this.#pace(chunk.length)
    if (this.#end === undefined) this.#guarded(() => this.#handlers.onBytes(chunk, this))
  }

  #onClose(): void {
    const error = this.#ended(closedError(this.#where))
    this.#release(Effect.fail(error ?? this.#gone()))
    this.#guarded(() => this.#handlers.onClose(error))
  }

  #guarded(run: () => void): void {
    try {
      run()
    } catch (thrown) {
      this.#report(thrown)
    }
  }

  /**
   * Begins TLS behind what was written; ends when the other end has proved who it is. Where it does not, the wire ends with that
   * reason. Bytes in clear are told to nobody from here on: they break the handshake.
   */
  readonly upgrade = (options: DialOptions, tls: DialTls): Effect.Effect<void, WireError> =>
    Effect.callback((resume) => {
      if (this.#end !== undefined || this.#socket instanceof TLSSocket) {
        resume(this.#end === undefined ? Effect.void : Effect.fail(this.#gone()))
        return
      }
      const clear = this.#socket
      const socket = beginTls(options, tls, clear, {
        onSecure: () => {
          this.#encrypted = true
          resume(Effect.void)
        },
        onFailure: (error) => {
          this.#ended(error)
          resume(Effect.fail(error))
          clear.destroy()
        }
      })
      if (socket === null) return
      this.#socket = socket
      this.#listen(socket)
      socket.once("close", () => resume(Effect.fail(this.#gone())))
      return Effect.sync(this.destroy)
    })

  /** Queues the bytes at once; ends when the other end has taken them, or at once while it keeps up. */
  readonly write = (bytes: Uint8Array): Effect.Effect<void, WireError> =>
    Effect.suspend(() => {
      if (this.#end !== undefined) return Effect.fail(this.#gone())
      const records = (this.#cuts(this.#socket) ? this.#handlers.recordsOf?.(bytes) : null) ?? [bytes]
      let keepsUp = true
      for (const record of records) keepsUp = this.#socket.write(record)
      if (keepsUp || this.#socket.writableLength === 0) return Effect.void
      return Effect.callback<void, WireError>((resume) => {
        this.#waiters.add(resume)
        return Effect.sync(() => this.#waiters.delete(resume))
      })
    })

  /** Writes what is queued, then ends; what the other end does not take in time is dropped. */
  readonly close = (): void => {
    if (this.#end !== undefined) return
    this.#end = null
    const socket = this.#socket
    const late = setTimeout(() => socket.destroy(), CLOSE_GRACE).unref()
    socket.once("close", () => clearTimeout(late))
    socket.destroySoon()
  }

  /** Ends at once. */
  readonly destroy = (): void => {
    this.#end ??= null
    this.#socket.destroy()
  }

  /** What comes beyond a turn's bytes waits for the next, so that timers and other sockets have theirs. */
  #pace(bytes: number): void {
    if (this.#read === 0) {
      setImmediate(() => {
        this.#read = 0
        this.#socket.resume()
      })
    }
    this.#read += bytes
    if (this.#read >= TURN) this.#socket.pause()
  }

  #gone(): WireError {
    return this.#end ?? endedError(this.#where)
  }

  #ended(error: WireError): WireError | null {
    if (this.#end === undefined) this.#end = error
    return this.#end
  }

  #release(outcome: Effect.Effect<void, WireError>): void {
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const resume of waiters) resume(outcome)
  }
}

/** Opens a wire; the scope's end closes it. Without a deadline of its own: interruption gives up. */
export const openWire = (options: DialOptions, handlers: WireHandlers): Effect.Effect<Wire, WireError, Scope.Scope> =>
  Effect.contextWith((context: Context.Context<never>) => {
    const where = hostPort(options.host, options.port)
    const report = (thrown: unknown): void => {
      Effect.runForkWith(context)(
        Effect.logError("wire handler failed", Cause.die(thrown)).pipe(Effect.annotateLogs({ peer: where }))
      )
    }
    return Effect.acquireRelease(
      Effect.map(dial(options), (socket) => new Wire(socket, where, handlers, report)),
      (wire) => Effect.sync(wire.close),
      { interruptible: true }
    )
  })
