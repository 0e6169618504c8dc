/** A client's connection as a vector sees it: exact bytes out, messages in. */
import { connect, type Socket } from "node:net"
import { connect as connectTls } from "node:tls"
import { isObject, type Json, type JsonObject } from "@ctid/testing/vectors/json"
import type { ConnectionRecord, Received } from "@ctid/testing/vectors/recording"
import { RunFault } from "./run_fault.ts"
import { sheetXml } from "./sheet_payload.ts"

/** When something comes: after how many sends, and whether while state is being set up. */
export interface Moment {
  readonly after: number
  readonly setup: boolean
}

/** Command ids of the barrier's own questions, so that no vector uses them. */
const FIRST_BARRIER_ID = 1_900_000_000

/** How a connection gets into TLS before the vector sees it, if at all. */
export type Over = "clear" | "starttls" | "ctis"

/** The CTI port of the server under test. */
export interface CtiPort {
  readonly port: number
  readonly over: Over
  /** PEM: the CA of the server's certificate. */
  readonly ca: string
}

/** Milliseconds for an answer that must come. */
const PATIENCE = 5_000

const LINE_FEED = 0x0a

const parsed = (line: string): Json => {
  try {
    return JSON.parse(line) as Json // JSON.parse makes JSON
  } catch {
    return null
  }
}

export class CtiConnection {
  readonly name: string
  #socket: Socket
  readonly #ca: string
  readonly #moment: () => Moment
  #received: Array<Received> = []
  #pending = ""
  /** The last byte sent was not the end of a line. */
  #midLine = false
  #signedIn = false
  #loggedOut = false
  #ended = false
  #handshaken = false
  #closedByUs = false
  #barriers = 0
  #answered = 0
  #messages = 0
  #fault: RunFault | null = null
  readonly #watchers = new Set<() => void>()

  private constructor(name: string, socket: Socket, ca: string, moment: () => Moment) {
    this.name = name
    this.#socket = socket
    this.#ca = ca
    this.#moment = moment
    socket.setNoDelay(true)
    this.#listen(socket)
  }

  #listen(socket: Socket): void {
    const decoder = new TextDecoder()
    socket.on("data", (bytes: Uint8Array) => this.#onText(decoder.decode(bytes, { stream: true })))
    socket.on("close", () => {
      if (socket !== this.#socket) return
      this.#ended = true
      this.#changed()
    })
    // an end with an error is an end: `close` follows
    socket.on("error", () => {})
  }

  static async open(name: string, { port, over, ca }: CtiPort, moment: () => Moment): Promise<CtiConnection> {
    const connection = await new Promise<CtiConnection>((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port })
      const refused = (error: Error): void => reject(new RunFault(`${name} could not connect: ${error.message}`))
      socket.once("error", refused)
      socket.once("connect", () => {
        socket.off("error", refused)
        resolve(new CtiConnection(name, socket, ca, moment))
      })
    })
    if (over === "starttls") {
      await connection.reply("starttls")
      connection.forget()
      connection.send({ class: "starttls", status: true })
      await connection.reply("starttls")
    }
    if (over === "clear") return connection
    await connection.handshake()
    if (connection.#ended) throw new RunFault(`${name} could not begin TLS`)
    connection.#handshaken = false
    connection.forget()
    return connection
  }

  /** Begins TLS; ends when it is there, or the connection is over. */
  handshake(): Promise<void> {
    this.#socket.removeAllListeners("data")
    const tls = connectTls({ socket: this.#socket, ca: this.#ca, host: "127.0.0.1" })
    this.#socket = tls
    this.#listen(tls)
    tls.once("secureConnect", () => {
      this.#handshaken = true
      this.#changed()
    })
    return this.#until(() => this.#handshaken || this.#ended, "end the TLS handshake")
  }

  /** A number that changes whenever anything happened here. */
  get activity(): number {
    return this.#messages + (this.#ended ? 1 : 0)
  }

  get record(): ConnectionRecord {
    return {
      name: this.name,
      session: this.#signedIn && !this.#loggedOut && !this.#ended,
      received: this.#received,
      closed: this.#ended && !this.#closedByUs,
      encrypted: this.#handshaken && !this.#ended
    }
  }

  /** The server said something that no server says. */
  get fault(): RunFault | null {
    return this.#fault
  }

  forget(): void {
    this.#received = []
  }

  write(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#ended) return
    this.#midLine = bytes[bytes.length - 1] !== LINE_FEED
    this.#socket.write(bytes)
  }

  send(message: JsonObject): void {
    if (message.class === "logout") this.#loggedOut = true
    this.write(Buffer.from(`${JSON.stringify(message)}\n`))
  }

  /** A message that is sent as bytes: what it does to the session. */
  noticeSent(message: Json): void {
    if (isObject(message) && message.class === "logout") this.#loggedOut = true
  }

  /** Ends in an orderly way. */
  close(): Promise<void> {
    this.#closedByUs = true
    this.#socket.end()
    return this.#until(() => this.#ended, "close")
  }

  /** Ends at once. */
  destroy(): void {
    this.#closedByUs = true
    this.#socket.destroy()
  }

  /** The next message of this class that comes, or has come since the last `forget`. */
  async reply(name: string): Promise<JsonObject> {
    const find = (): JsonObject | undefined => this.#received.find(({ message }) => message.class === name)?.message
    await this.#until(() => find() !== undefined || this.#ended, `answer ${name}`)
    const found = find()
    if (found === undefined) throw new RunFault(`${this.name} was closed before ${name}`)
    return found
  }

  /** Ends when the server has answered everything before; at once where it would not answer. */
  async barrier(): Promise<void> {
    if (!this.#signedIn || this.#loggedOut || this.#midLine || this.#ended) return
    const answered = ++this.#barriers
    this.write(Buffer.from(`{"class":"getipbxlist","commandid":${FIRST_BARRIER_ID + answered}}\n`))
    await this.#until(() => this.#answered >= answered || this.#ended, "answer getipbxlist")
  }

  #onText(text: string): void {
    const lines = (this.#pending + text).split("\n")
    this.#pending = lines.pop() ?? ""
    for (const line of lines) this.#onLine(line)
    this.#changed()
  }

  #onLine(line: string): void {
    const message = parsed(line)
    if (!isObject(message)) {
      this.#fault ??= new RunFault(`${this.name} got a line that is no JSON object: ${line.slice(0, 200)}`)
      return
    }
    const barrier = typeof message.replyid === "number" ? message.replyid - FIRST_BARRIER_ID : 0
    if (barrier > 0) {
      this.#answered = barrier
      return
    }
    if (message.class === "login_capas" && message.error_string === undefined) this.#signedIn = true
    this.#messages++
    this.#received.push({ message, ...this.#moment(), xml: sheetXml(message) })
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }

  #until(condition: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(late)
        this.#watchers.delete(check)
      }
      const check = (): void => {
        if (!condition()) return
        finish()
        resolve()
      }
      const late = setTimeout(() => {
        finish()
        reject(new RunFault(`${this.name}: the server did not ${what} within ${PATIENCE / 1000} s`))
      }, PATIENCE)
      this.#watchers.add(check)
      check()
    })
  }
}
