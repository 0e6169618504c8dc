/** One accepted TCP connection on `node:net`. */

import type { Socket } from "node:net"
import type { CloseCause, Connection, ConnectionHandlers, Endpoint } from "@ctid/core/connection/connection"
import type { Watched, WriteWatch } from "./write_watch.ts"

/**
 * Bytes given to the socket at once while the peer is slow. The socket tells only when a whole piece is gone, so a piece is
 * also the least that a peer must take within the socket timeout.
 */
export const PIECE = 32 * 1024

/** An IPv4 peer of a socket that listens on `::` is shown by its IPv4 address, so that it has one name everywhere. */
const plainAddress = (address: string): string =>
  address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address

/** The two ends of a socket, or null when it is gone already. */
const endpointsOf = (socket: Socket): { readonly peer: Endpoint; readonly local: Endpoint } | null => {
  const { remoteAddress, remotePort, localAddress, localPort } = socket
  if (remoteAddress === undefined || remotePort === undefined || localAddress === undefined || localPort === undefined)
    return null
  return {
    peer: { address: plainAddress(remoteAddress), port: remotePort },
    local: { address: plainAddress(localAddress), port: localPort }
  }
}

let lastId = 0

/** Tells of a handler that threw. */
export type ReportThrow = (connection: Connection, thrown: unknown) => void

export class NodeConnection implements Connection, Watched {
  readonly id: number = ++lastId
  readonly peer: Endpoint
  readonly local: Endpoint
  readonly encrypted: boolean = false
  #socket: Socket
  #watch: WriteWatch
  #report: ReportThrow
  #handlers: ConnectionHandlers | null = null
  /** What the socket was not given yet, because the peer is slow; `#head` is the next. */
  #queue: Array<Uint8Array> = []
  #head = 0
  #queued = 0
  #given = 0
  /** We called `close`. */
  #closing = false
  /** The first thing that ended the connection. */
  #cause: CloseCause | null = null

  private constructor(
    socket: Socket,
    ends: { readonly peer: Endpoint; readonly local: Endpoint },
    watch: WriteWatch,
    report: ReportThrow
  ) {
    this.#socket = socket
    this.peer = ends.peer
    this.local = ends.local
    this.#watch = watch
    this.#report = report
  }

  /** Takes over an accepted socket. A peer that has left before it could be greeted is not reported. */
  static accept(
    socket: Socket,
    watch: WriteWatch,
    accept: (connection: Connection) => ConnectionHandlers,
    report: ReportThrow
  ): void {
    const ends = endpointsOf(socket)
    // An error without a listener would end the process; that of a socket which is gone has nobody to tell.
    if (ends === null) socket.on("error", () => {}).destroy()
    else new NodeConnection(socket, ends, watch, report).#start(accept)
  }

  #start(accept: (connection: Connection) => ConnectionHandlers): void {
    const socket = this.#socket
    socket.on("data", (chunk: Uint8Array) => this.#onData(chunk))
    socket.on("drain", () => this.#onDrain())
    socket.on("end", () => this.#end("peer_closed"))
    socket.on("error", () => this.#end("connection_lost"))
    socket.on("close", () => this.#onClosed())
    try {
      this.#handlers = accept(this)
    } catch (thrown) {
      this.#thrown(thrown)
    }
  }

  write(bytes: Uint8Array): boolean {
    if (this.#cause !== null || this.#closing) return true
    const socket = this.#socket
    if (this.#queued === 0 && bytes.length <= PIECE && socket.writableLength < PIECE) {
      this.#given += bytes.length
      socket.write(bytes)
    } else {
      this.#queue.push(bytes)
      this.#queued += bytes.length
      this.#feed()
    }
    const pending = this.pending()
    if (pending === 0) return true
    this.#watch.watch(this)
    // From here on, and only from here on, the socket will tell `drain`: a piece is its high-water mark.
    return pending < PIECE
  }

  /** Gives the socket pieces until it holds one that the operating system does not take at once. */
  #feed(): void {
    const socket = this.#socket
    while (this.#queued > 0 && socket.writableLength < PIECE) {
      const bytes = this.#queue[this.#head]
      if (bytes === undefined) return
      const piece = bytes.length <= PIECE ? bytes : bytes.subarray(0, PIECE)
      if (piece === bytes) this.#next()
      else this.#queue[this.#head] = bytes.subarray(PIECE)
      this.#queued -= piece.length
      this.#given += piece.length
      socket.write(piece)
    }
  }

  #next(): void {
    this.#head++
    // Moving the rest forward costs its length, so it is done when at least half is used up.
    if (this.#head * 2 < this.#queue.length) return
    this.#queue = this.#queue.slice(this.#head)
    this.#head = 0
  }

  pending(): number {
    return this.#socket.destroyed ? 0 : this.#queued + this.#socket.writableLength
  }

  taken(): number {
    return this.#given - this.#socket.writableLength
  }

  pause(): void {
    if (this.#cause === null && !this.#closing) this.#socket.pause()
  }

  resume(): void {
    if (this.#cause === null) this.#socket.resume()
  }

  close(): void {
    if (this.#cause !== null || this.#closing) return
    this.#closing = true
    this.#watch.watchEnd(this)
    // What still comes in is read and dropped: unread bytes would turn the end into a reset, which loses what we wrote last.
    this.#socket.resume()
    if (this.#queued === 0) this.#socket.end()
  }

  destroy(): void {
    this.#end("destroyed")
    this.#socket.destroy()
  }

  onTimeout(): void {
    this.#end(this.#closing ? "destroyed" : "write_timeout")
    this.#socket.destroy()
  }

  #onData(chunk: Uint8Array): void {
    if (this.#closing || this.#cause !== null || this.#handlers === null) return
    try {
      this.#handlers.onBytes(chunk)
    } catch (thrown) {
      this.#thrown(thrown)
    }
  }

  #onDrain(): void {
    this.#feed()
    if (this.#closing && this.#queued === 0) this.#socket.end()
    if (this.#closing || this.pending() > 0 || this.#cause !== null || this.#handlers === null) return
    try {
      this.#handlers.onDrain()
    } catch (thrown) {
      this.#thrown(thrown)
    }
  }

  /** Remembers why it ended; nothing is written or told from here on but `onClose`. */
  #end(cause: CloseCause): void {
    // Once the peer has all, and the end, how it leaves does not matter.
    this.#cause ??= this.#closing && this.#socket.writableFinished ? "closed" : cause
    this.#queue = []
    this.#head = 0
    this.#queued = 0
  }

  #onClosed(): void {
    this.#end("connection_lost")
    this.#watch.forget(this)
    const handlers = this.#handlers
    this.#handlers = null
    try {
      handlers?.onClose(this.#cause ?? "connection_lost")
    } catch (thrown) {
      this.#thrown(thrown)
    }
  }

  #thrown(thrown: unknown): void {
    this.#report(this, thrown)
    this.destroy()
  }
}
