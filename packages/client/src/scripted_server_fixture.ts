/** A CTI server that says what a test tells it to, behind an in-memory `ClientTransport`. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import {
  type ClientEncryption,
  ClientTransport,
  ClientTransportError,
  type ClientTransportHandlers
} from "./client_transport.ts"

export type Wire = Readonly<Record<string, unknown>>

const text = new TextEncoder()

/** The server's end of one connection. */
export class ServerSide {
  /** Commands in the order in which they came. */
  readonly commands: Array<Wire> = []
  closed = false
  /** Commands that came before the handshake. */
  inClear = 0
  encrypted = false
  /** Done when the connection has ended. */
  readonly end: Deferred.Deferred<never, ClientTransportError> = Deferred.makeUnsafe()
  readonly secure: Deferred.Deferred<void> = Deferred.makeUnsafe()
  readonly #handlers: ClientTransportHandlers
  readonly #answer: (command: Wire, side: ServerSide) => void

  constructor(handlers: ClientTransportHandlers, answer: (command: Wire, side: ServerSide) => void) {
    this.#handlers = handlers
    this.#answer = answer
  }

  say(...messages: ReadonlyArray<Wire>): void {
    this.raw(messages.map((message) => `${JSON.stringify({ ...message, timenow: 1_700_000_000.5 })}\n`).join(""))
  }

  secured(): void {
    this.encrypted = true
    Deferred.doneUnsafe(this.secure, Exit.void)
  }

  raw(bytes: string): void {
    if (!this.closed) this.#handlers.onBytes(text.encode(bytes))
  }

  /** Byte by byte, in one reused array. */
  trickle(bytes: string): void {
    const chunk = new Uint8Array(1)
    for (const byte of text.encode(bytes)) {
      chunk[0] = byte
      if (!this.closed) this.#handlers.onBytes(chunk)
    }
  }

  drop(reason: "closed" | "lost" | "tls" = "lost"): void {
    if (this.closed) return
    const error = new ClientTransportError({ reason, message: "the connection to memory:1 broke" })
    this.#over(error)
    this.#handlers.onClose(error)
  }

  of(name: string): ReadonlyArray<Wire> {
    return this.commands.filter((command) => command.class === name)
  }

  received(bytes: Uint8Array): void {
    for (const line of new TextDecoder().decode(bytes).split("\n")) {
      if (line === "") continue
      const command = JSON.parse(line) as Wire // our own client wrote it
      this.commands.push(command)
      if (!this.encrypted) this.inClear++
      // from the event loop, as a socket does: never inside the client's own write
      setImmediate(() => this.#answer(command, this))
    }
  }

  closedByClient(): void {
    if (this.closed) return
    this.#over(new ClientTransportError({ reason: "closed", message: "the connection to memory:1 is closed" }))
    this.#handlers.onClose(null)
  }

  #over(error: ClientTransportError): void {
    this.closed = true
    Deferred.doneUnsafe(this.end, Exit.fail(error))
  }
}

export class ScriptedServer {
  readonly sides: Array<ServerSide> = []
  /** Nothing is taken from now on: writes wait until the connection ends. */
  stuck = false
  /** Connections are refused from now on. */
  refusing = false
  /** What the clients' transport makes of it. */
  encryption: ClientEncryption = "none"
  /** What is said, or done, as soon as somebody connects. */
  greet: (side: ServerSide) => void = () => {}
  /** The server's part of a handshake; by default it succeeds. */
  handshake: (side: ServerSide) => void = (side) => side.secured()
  /** What is answered; may be replaced while a test runs. */
  answer: (command: Wire, side: ServerSide) => void

  constructor(answer: (command: Wire, side: ServerSide) => void) {
    this.answer = answer
  }

  get last(): ServerSide {
    const side = this.sides.at(-1)
    if (side === undefined) throw new Error("no connection yet")
    return side
  }

  readonly #open: ClientTransport["Service"]["open"] = (handlers) =>
    Effect.acquireRelease(
      Effect.suspend(() => {
        if (this.refusing) {
          return Effect.fail(new ClientTransportError({ reason: "connect", message: "memory:1 refused the connection" }))
        }
        const side = new ServerSide(handlers, (command, from) => this.answer(command, from))
        this.sides.push(side)
        setImmediate(() => this.greet(side))
        return Effect.succeed(side)
      }),
      (side) => Effect.sync(() => side.closedByClient())
    ).pipe(
      Effect.map((side) => ({
        get encrypted() {
          return side.encrypted
        },
        upgradeToTls: Effect.suspend(() => {
          setImmediate(() => this.handshake(side))
          return Effect.raceFirst(Deferred.await(side.secure), Deferred.await(side.end))
        }),
        write: (bytes: Uint8Array) =>
          side.closed || this.stuck ? Deferred.await(side.end) : Effect.sync(() => side.received(bytes)),
        close: () => side.closedByClient()
      }))
    )

  get transport(): ClientTransport["Service"] {
    return ClientTransport.of({ label: "memory:1", encryption: this.encryption, open: this.#open })
  }
}

/** Objects of a small company; tests change them. */
export interface Company {
  readonly version: "1.2" | "2.3"
  /** Per list: id to config and status. */
  readonly lists: Record<string, Record<string, { config: Wire; status: Wire | null }>>
  refuse: Partial<Record<"login_id" | "login_pass" | "login_capas", string>>
  readonly silent: Set<string>
}

export const company = (version: "1.2" | "2.3" = "2.3"): Company => ({
  version,
  lists: {
    users: {
      "42": {
        config: { firstname: "Blue", lastname: "Desk", fullname: "Blue Desk", agentid: 7, linelist: ["11"], enablednd: 0 },
        status: { availstate: "available" }
      },
      "43": { config: { fullname: "Green Desk", linelist: [], enablednd: false }, status: { availstate: "away" } }
    },
    phones: {
      "11": { config: { number: "1001", iduserfeatures: 42, identity: "SIP/k3x9q1" }, status: { hintstatus: "0" } }
    },
    agents: {
      "7": {
        config: { number: "2001", firstname: "Blue", lastname: "Agent", context: "ctx-a" },
        status: { availability: "logged_out", availability_since: 1_700_000_000.5, phonenumber: null, queues: [] }
      }
    },
    queues: {
      "5": {
        config: { name: "support", displayname: "Support", number: "3001", context: "ctx-a" },
        status: { agentmembers: [], phonemembers: ["11"] }
      }
    },
    voicemails: { "3": { config: { mailbox: "1001", context: "ctx-a" }, status: { new: 0 } } },
    queuemembers: {
      "Agent/2001,support": {
        config: { queue_name: "support", interface: "Agent/2001", paused: "0", penalty: "1", status: "101", callstaken: "0" },
        status: null
      }
    }
  },
  refuse: {},
  silent: new Set()
})

const capas = (userid: string): Wire => ({
  class: "login_capas",
  ipbxid: "xivo",
  userid,
  appliname: "Client",
  capaxlets: [["identity", "grid"]],
  capas: {
    preferences: false,
    services: ["enablednd"],
    userstatus: {
      available: { longname: "Available", color: "#08FD20", allowed: ["available", "away"], actions: { enablednd: "false" } },
      away: { longname: "Away", color: "#FDE50A", allowed: ["available"] },
      donotdisturb: { longname: "Do not disturb", color: "#FF032D", allowed: ["available"] },
      disconnected: { longname: "Disconnected", color: "#202020" }
    },
    phonestatus: { "0": { longname: "Idle", color: "#0DFF25" }, "8": { longname: "Ringing", color: "#1B0AFF" } }
  }
})

const SESSION = "Ab3dEf6hIj"

/** Answers as a server of that version would; user 42 logs in. */
export const companyServer = (data: Company): ((command: Wire, side: ServerSide) => void) => {
  const field = data.version === "1.2" ? "xivoversion" : "wazoversion"
  const list = (command: Wire): Wire | null => {
    const name = String(command.listname)
    const items = data.lists[name] ?? {}
    const base = { class: "getlist", function: command.function, listname: name, tipbxid: "xivo" }
    const tid = String(command.tid)
    if (command.function === "listid") return { ...base, list: Object.keys(items) }
    if (command.function === "updateconfig") return { ...base, tid: command.tid, config: items[tid]?.config ?? {} }
    if (command.function === "updatestatus") return { ...base, tid: command.tid, status: items[tid]?.status ?? {} }
    return null
  }
  return (command, side) => {
    const name = String(command.class)
    if (data.silent.has(name)) return
    const replyid = data.version === "1.2" ? { replyid: command.commandid } : {}
    const refused = data.refuse[name as keyof Company["refuse"]] // absent for any other name
    if (refused !== undefined) return side.say({ class: name, error_string: refused, ...replyid })
    switch (name) {
      case "login_id":
        return side.say({ class: name, sessionid: SESSION, [field]: data.version })
      case "login_pass":
        return side.say({ class: name, capalist: [3], ...replyid })
      case "login_capas": {
        const own = data.lists.users?.["42"]
        const state = command.state === "" ? own?.status?.availstate : command.state
        if (own !== undefined) own.status = { availstate: state }
        side.say({ ...capas("42"), ...replyid })
        return side.say({
          class: "getlist",
          function: "updatestatus",
          listname: "users",
          tipbxid: "xivo",
          tid: "42",
          status: { availstate: state }
        })
      }
      case "getipbxlist":
        return side.say({ class: name, ipbxlist: ["xivo"], replyid: command.commandid })
      case "keepalive":
        return side.say({ class: name, replyid: command.commandid, warning_string: "unimplemented" })
      case "getlist": {
        const answer = list(command)
        return answer === null ? undefined : side.say(answer)
      }
    }
  }
}

/** A broadcast of a status or a config. */
export const broadcast = (part: "config" | "status", list: string, tid: string | number, value: Wire): Wire => ({
  class: "getlist",
  function: `update${part}`,
  listname: list,
  tipbxid: "xivo",
  tid,
  [part]: value
})

/** Lets everything run that can; fails when the condition does not come true. */
export const until = (what: string, condition: () => boolean): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let turn = 0; turn < 5_000; turn++) {
      if (condition()) return
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    }
    return yield* Effect.die(new Error(`never came true: ${what}`))
  })
