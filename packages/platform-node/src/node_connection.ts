/** One accepted connection on `node:net` and `node:tls`: in clear, inside TLS, or first the one and then the other. */

import type { Socket } from "node:net"
import type { CloseCause, Connection, ConnectionHandlers, Endpoint } from "@ctid/core/connection/connection"
import type { TlsServer } from "@ctid/core/connection/tls_identity"
import { TlsHandshakes } from "./tls_handshakes.ts"
import type { Watched, WriteWatch } from "./write_watch.ts"

/**
 * Bytes given to a socket in clear at once while the peer is slow. The socket tells only when a whole piece is gone, so a piece is
 * also the least that a peer must take within the socket timeout. Inside TLS a piece is what `node:tls` makes of it: 64 KiB.
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

let shared: { readonly bytes: Uint8Array; readonly buffer: Buffer } | null = null

/** What a socket makes of bytes at each write; of those that many are given, one after another, it is made once. */
const bufferOf = (bytes: Uint8Array): Buffer => {
  if (shared?.bytes !== bytes) shared = { bytes, buffer: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
  return shared.buffer
}

/** What is told of a connection to the log. */
export interface Report {
  /** A handler threw. */
  readonly threw: (connection: Connection, thrown: unknown) => void
  /** No TLS came about, and why. */
  readonly tlsFailed: (connection: Connection, reason: string) => void
}

/** The way into TLS, until the handshake is over. */
interface Upgrade {
  readonly tls: TlsServer
  /** What waits for the handshake. */
  readonly held: Array<Uint8Array>
  heldBytes: number
  /** A write was answered with false meanwhile. */
  drainOwed: boolean
  begun: boolean
  readonly deadline: NodeJS.Timeout
}

export class NodeConnection implements Connection, Watched {
  readonly id: number = ++lastId
  readonly peer: Endpoint
  readonly local: Endpoint
  #encrypted = false
  #upgrade: Upgrade | null = null
  #socket: Socket
  /** The socket's high-water mark. */
  #piece = PIECE
  #readPaused = false
  #watch: WriteWatch
  #report: Report
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
    report: Report
  ) {
    this.#socket = socket
    this.peer = ends.peer
    this.local = ends.local
    this.#watch = watch
    this.#report = report
  }

  /**
   * Takes over an accepted socket; with `tls`, TLS begins with the first byte. A peer that has left before it could be greeted is not
   * reported.
   */
  static accept(
    socket: Socket,
    watch: WriteWatch,
    accept: (connection: Connection) => ConnectionHandlers,
    report: Report,
    tls?: TlsServer
  ): void {
    const ends = endpointsOf(socket)
    // An error without a listener would end the process; that of a socket which is gone has nobody to tell.
    if (ends === null) socket.on("error", () => {}).destroy()
    else new NodeConnection(socket, ends, watch, report).#start(accept, tls)
  }

  #start(accept: (connection: Connection) => ConnectionHandlers, tls: TlsServer | undefined): void {
    this.#listen(this.#socket)
    if (tls !== undefined) this.#prepare(tls)
    try {
      this.#handlers = accept(this)
    } catch (thrown) {
      this.#thrown(thrown)
    }
    // of somebody who is let in
    this.#handshake()
  }

  get encrypted(): boolean {
    return this.#encrypted
  }

  /** Once inside TLS, what the clear socket below it still tells has been told by the one above. */
  #listen(socket: Socket): void {
    const current = (tell: () => void) => () => {
      if (socket === this.#socket) tell()
    }
    socket.on("data", (chunk: Uint8Array) => this.#onData(socket, chunk))
    socket.on(
      "drain",
      current(() => this.#onDrain())
    )
    socket.on(
      "end",
      current(() => this.#end("peer_closed"))
    )
    socket.on(
      "error",
      current(() => {
        this.#end("connection_lost")
        // what breaks TLS after its handshake is told, and left open
        socket.destroy()
      })
    )
    socket.on(
      "close",
      current(() => this.#onClosed())
    )
  }

  write(bytes: Uint8Array): boolean {
    if (this.#cause !== null || this.#closing) return true
    if (this.#upgrade !== null) return this.#hold(this.#upgrade, bytes)
    const socket = this.#socket
    if (this.#queued === 0 && bytes.length <= this.#piece && socket.writableLength < this.#piece) {
      this.#given += bytes.length
      socket.write(bufferOf(bytes))
    } else {
      this.#queue.push(bytes)
      this.#queued += bytes.length
      this.#feed()
    }
    const pending = this.pending()
    if (pending === 0) return true
    this.#watch.watch(this)
    // From here on, and only from here on, the socket will tell `drain`: a piece is its high-water mark.
    return pending < this.#piece
  }

  #hold(upgrade: Upgrade, bytes: Uint8Array): boolean {
    upgrade.held.push(bytes)
    upgrade.heldBytes += bytes.length
    if (this.pending() < this.#piece) return true
    upgrade.drainOwed = true
    return false
  }

  upgradeToTls(tls: TlsServer): void {
    if (this.#encrypted || this.#cause !== null || this.#closing) return
    this.#prepare(tls)
    this.#handshake()
  }

  #prepare(tls: TlsServer): void {
    this.#encrypted = true
    const late = (): void => this.#tlsFailed(`no handshake within ${tls.handshakeTimeout} ms`)
    const deadline = setTimeout(late, tls.handshakeTimeout).unref()
    this.#upgrade = { tls, held: [], heldBytes: 0, drainOwed: false, begun: false, deadline }
    // What comes from here on is for TLS.
    this.#socket.pause()
  }

  /** Begins once the socket was given all that leaves in clear. */
  #handshake(): void {
    const upgrade = this.#upgrade
    if (upgrade === null || upgrade.begun || this.#queued > 0 || this.#cause !== null) return
    upgrade.begun = true
    try {
      TlsHandshakes.of(upgrade.tls.credentials()).begin(this.#socket, {
        onSecure: (socket) => this.#secured(upgrade, socket),
        onFailure: (reason) => this.#tlsFailed(reason)
      })
    } catch {
      this.#tlsFailed("this server's certificate or key cannot be used")
    }
  }

  #secured(upgrade: Upgrade, socket: Socket): void {
    if (this.#cause !== null) {
      socket.destroy()
      return
    }
    clearTimeout(upgrade.deadline)
    this.#upgrade = null
    this.#socket = socket
    this.#piece = socket.writableHighWaterMark
    if (this.#readPaused) socket.pause()
    this.#listen(socket)
    for (const bytes of upgrade.held) {
      this.#queue.push(bytes)
      this.#queued += bytes.length
    }
    this.#feed()
    if (this.pending() > 0) this.#watch.watch(this)
    // An empty write ends behind all others; where the socket is over its mark, it tells by itself.
    if (upgrade.drainOwed && !socket.writableNeedDrain) socket.write("", () => this.#onDrain())
  }

  #tlsFailed(reason: string): void {
    if (this.#cause !== null) return
    this.#report.tlsFailed(this, reason)
    this.#end("tls_failed")
    this.#socket.destroy()
  }

  /** Gives the socket pieces until it holds one that the operating system does not take at once. */
  #feed(): void {
    const socket = this.#socket
    while (this.#queued > 0 && socket.writableLength < this.#piece) {
      const bytes = this.#queue[this.#head]
      if (bytes === undefined) return
      const piece = bytes.length <= this.#piece ? bytes : bytes.subarray(0, this.#piece)
      if (piece === bytes) this.#next()
      else this.#queue[this.#head] = bytes.subarray(this.#piece)
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
    if (this.#socket.destroyed) return 0
    return this.#queued + this.#socket.writableLength + (this.#upgrade?.heldBytes ?? 0)
  }

  taken(): number {
    return this.#given - this.#socket.writableLength
  }

  pause(): void {
    this.#readPaused = true
    if (this.#cause === null && !this.#closing && this.#upgrade === null) this.#socket.pause()
  }

  resume(): void {
    this.#readPaused = false
    if (this.#cause === null && this.#upgrade === null) this.#socket.resume()
  }

  close(): void {
    if (this.#cause !== null || this.#closing) return
    if (this.#upgrade !== null) {
      this.destroy()
      return
    }
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

  #onData(socket: Socket, chunk: Uint8Array): void {
    // What `node:tls` takes out of the clear socket's buffer is told there too.
    if (socket !== this.#socket || this.#upgrade !== null) return
    if (this.#closing || this.#cause !== null || this.#handlers === null) return
    try {
      this.#handlers.onBytes(chunk)
    } catch (thrown) {
      this.#thrown(thrown)
    }
  }

  #onDrain(): void {
    this.#feed()
    if (this.#upgrade !== null) {
      this.#handshake()
      return
    }
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
    if (this.#upgrade === null) return
    clearTimeout(this.#upgrade.deadline)
    this.#upgrade = null
  }

  #onClosed(): void {
    this.#end(this.#upgrade === null ? "connection_lost" : "tls_failed")
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
    this.#report.threw(this, thrown)
    this.destroy()
  }
}
