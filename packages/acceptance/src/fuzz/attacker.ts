/** A connection that says anything and minds nothing: it never throws, and ends whenever the other side wants. */
import { connect, type Socket } from "node:net"
import { connect as connectTls } from "node:tls"
import type { Place } from "../binary/watched_ctid.ts"

/** Milliseconds that it may take to open, or to encrypt. */
const OPENING = 5_000
/** Characters of answers that are kept. */
const MOST_HEARD = 4 * 1024 * 1024

export class Attacker {
  readonly #raw: Socket
  /** What is written to: the raw socket, or the one inside TLS. */
  #socket: Socket
  readonly #watchers = new Set<() => void>()
  #bytes = 0
  #connected = false
  heard = ""
  ended = false

  constructor(place: Place) {
    this.#raw = connect({ host: place.address, port: place.port, noDelay: true })
    this.#socket = this.#raw
    this.#listen(this.#raw)
    this.#raw.once("connect", () => {
      this.#connected = true
      this.#changed()
    })
    this.#raw.on("close", () => {
      this.ended = true
      this.#changed()
    })
  }

  async open(): Promise<boolean> {
    await this.until(() => this.#connected, OPENING)
    return this.#connected && !this.ended
  }

  /** Into TLS, whoever the server is; false: it did not come about. */
  async encrypt(): Promise<boolean> {
    let secure = false
    this.#raw.removeAllListeners("data")
    this.#socket = connectTls({ socket: this.#raw, rejectUnauthorized: false })
    this.#listen(this.#socket)
    this.#socket.once("secureConnect", () => {
      secure = true
      this.#changed()
    })
    await this.until(() => secure, OPENING)
    return secure
  }

  write(bytes: Uint8Array): void {
    if (!this.ended && !this.#socket.destroyed && !this.#socket.writableEnded) this.#socket.write(bytes)
  }

  /** Waits for more than was heard so far. */
  async hear(milliseconds: number): Promise<void> {
    const before = this.#bytes
    await this.until(() => this.#bytes > before, milliseconds)
  }

  deaf(): void {
    this.#socket.pause()
  }

  end(): void {
    this.#socket.end()
    this.#socket.resume()
  }

  /** Without a farewell. Below TLS nothing may be destroyed: Node 24.21 then spins for ever or ends with a fault of memory. */
  async reset(): Promise<void> {
    if (this.#socket === this.#raw) this.#raw.resetAndDestroy()
    else this.#socket.destroy()
    await this.until(() => false, OPENING)
  }

  /** What is inside TLS takes the socket below with it. */
  destroy(): void {
    if (!this.ended) this.#socket.destroy()
  }

  /** Waits until it is so, until the other side has ended it, or until the time is over. */
  until(condition: () => boolean, milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(late)
        this.#watchers.delete(look)
        resolve()
      }
      const look = (): void => {
        if (condition() || this.ended) finish()
      }
      const late = setTimeout(finish, milliseconds)
      this.#watchers.add(look)
      look()
    })
  }

  #listen(socket: Socket): void {
    socket.on("error", () => {})
    socket.on("data", (bytes: Buffer) => {
      this.#bytes += bytes.length
      if (this.heard.length < MOST_HEARD) this.heard += bytes.toString("utf8")
      this.#changed()
    })
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }
}
