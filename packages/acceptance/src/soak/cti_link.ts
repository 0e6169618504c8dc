/** One connection of a client of a soak: in clear, by STARTTLS or in TLS from the first byte; it signs in by itself. */
import { createHash } from "node:crypto"
import { connect, type Socket } from "node:net"
import { connect as connectTls, type TLSSocket } from "node:tls"
import type { Place } from "../binary/watched_ctid.ts"
import type { HeardLine, HeardLines, Message } from "./heard_line.ts"

export type Way = "clear" | "starttls" | "ctis"

/** How we end a connection: with a reset, in an orderly way, or after saying so. */
export type Leaving = "reset" | "end" | "logout"

export interface Identity {
  readonly login: string
  readonly password: string
  readonly version: "1.2" | "2.0" | "2.3"
  /** The first presence; empty: the present one stays. */
  readonly presence: string
}

export interface TlsTrust {
  readonly ca: string
  /** Fingerprints that the server may show now. */
  readonly fingerprints: () => ReadonlySet<string>
}

export interface LinkHandlers {
  readonly onSignedIn: () => void
  readonly onLine: (line: HeardLine, text: string) => void
  /** Once, last; null: it ended in an orderly way. */
  readonly onEnd: (error: string | null) => void
}

/** The name in the certificate. */
export const SERVER_NAME = "localhost"

export class CtiLink {
  readonly way: Way
  readonly #identity: Identity
  readonly #lines: HeardLines
  readonly #handlers: LinkHandlers
  readonly #trust: TlsTrust
  readonly #raw: Socket
  /** What lines go through: the raw socket, or the one inside TLS. */
  #socket: Socket
  #rest = ""
  #ended = false
  #error: string | null = null
  #commandId = 0
  /** The local port, by which the server knows us. */
  port = 0
  /** The password was right: from here on the server's log tells of our end. */
  authenticated = false
  signedIn = false
  /** The server told us to leave. */
  dismissed = false
  /** What we did to end it. */
  leaving: Leaving | null = null

  constructor(way: Way, place: Place, identity: Identity, lines: HeardLines, trust: TlsTrust, handlers: LinkHandlers) {
    this.way = way
    this.#identity = identity
    this.#lines = lines
    this.#trust = trust
    this.#handlers = handlers
    this.#raw = connect({ host: place.address, port: place.port, noDelay: true })
    this.#socket = this.#raw
    this.#raw.on("error", (error) => this.#failed(error))
    this.#raw.on("close", () => this.#closed())
    this.#raw.once("connect", () => {
      this.port = this.#raw.localPort ?? 0
      if (way === "ctis") this.#encrypt()
      else {
        this.#listen(this.#raw)
        if (way === "clear") this.#begin()
      }
    })
  }

  /** Writes commands, each as a line. */
  send(...commands: ReadonlyArray<object>): void {
    if (this.#ended || this.leaving !== null) return
    this.#socket.write(commands.map((command) => `${JSON.stringify({ ...command, commandid: ++this.#commandId })}\n`).join(""))
  }

  leave(leaving: Leaving): void {
    if (this.#ended || this.leaving !== null) return
    if (leaving === "logout") this.send({ class: "logout" })
    this.leaving = leaving
    if (leaving === "reset") this.#cut()
    else this.#socket.end()
  }

  /** At once, however far it is. */
  destroy(): void {
    this.leaving ??= "reset"
    this.#socket.destroy()
  }

  /** Without a farewell. Below TLS nothing may be destroyed: Node 24.21 then spins for ever or ends with a fault of memory. */
  #cut(): void {
    if (this.#socket === this.#raw) this.#raw.resetAndDestroy()
    else this.#socket.destroy()
  }

  #begin(): void {
    const { login, version } = this.#identity
    const field = version === "2.3" ? "wazoversion" : "xivoversion"
    this.send({ class: "login_id", userlogin: login, company: "xivo", ident: "soak", [field]: version })
  }

  #listen(socket: Socket): void {
    socket.setEncoding("utf8")
    socket.on("data", (text: string) => this.#read(socket, text))
  }

  #read(socket: Socket, text: string): void {
    if (socket !== this.#socket || this.#ended) return
    const lines = (this.#rest + text).split("\n")
    this.#rest = lines.pop() ?? ""
    for (const line of lines) {
      if (socket !== this.#socket) return this.#failed(new Error("the server went on in clear text"))
      const heard = this.#lines.read(line)
      if (heard.message !== null && !this.signedIn) this.#dialogue(heard.message)
      if (heard.message?.class === "disconnect") this.dismissed = true
      this.#handlers.onLine(heard, line)
    }
  }

  /** The login (reference 2). */
  #dialogue(message: Message): void {
    if (message.error_string !== undefined) {
      this.#error = `${message.class} was refused: ${String(message.error_string)}`
      this.#socket.destroy()
      return
    }
    const { password, version, presence } = this.#identity
    const old = version === "1.2"
    switch (message.class) {
      case "starttls":
        if (this.way !== "starttls") return
        if (message.starttls === true) this.#encrypt()
        else this.send({ class: "starttls", status: true })
        return
      case "login_id": {
        const hash = (): string =>
          createHash("sha1")
            .update(`${String(message.sessionid)}:${password}`, "latin1")
            .digest("hex")
        this.send({ class: "login_pass", ...(old ? { hashedpassword: hash() } : { password }) })
        return
      }
      case "login_pass": {
        this.authenticated = true
        const capaid = Array.isArray(message.capalist) ? String(message.capalist[0]) : ""
        const more = old ? { lastconnwins: false, loginkind: "user" } : {}
        this.send({ class: "login_capas", capaid, state: presence, ...more })
        return
      }
      case "login_capas":
        this.signedIn = true
        this.#handlers.onSignedIn()
        return
    }
  }

  #encrypt(): void {
    this.#raw.removeAllListeners("data")
    const before = this.#trust.fingerprints()
    const socket: TLSSocket = connectTls({ socket: this.#raw, ca: this.#trust.ca, servername: SERVER_NAME })
    this.#socket = socket
    socket.on("error", (error) => this.#failed(error))
    socket.on("close", () => this.#raw.destroy())
    socket.once("secureConnect", () => {
      const shown = socket.getPeerX509Certificate()?.fingerprint256 ?? "none"
      if (!before.has(shown) && !this.#trust.fingerprints().has(shown)) {
        this.#failed(new Error(`the server shows a certificate that it should not show now: ${shown}`))
        socket.destroy()
        return
      }
      this.#rest = ""
      this.#listen(socket)
      this.#begin()
    })
  }

  #failed(error: Error): void {
    // of a connection that we have ended it does not matter how it goes
    if (this.leaving === null) this.#error ??= error.message
  }

  #closed(): void {
    if (this.#ended) return
    this.#ended = true
    this.#handlers.onEnd(this.#error)
  }
}
