/** One connection to a server: lines in and out, answers matched with their requests. It lives as long as its scope. */
import { LineDecoder } from "@ctid/core/protocol/line_decoder"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { ClientEnded, ClientProtocolError, ClientTimeout, type LinkError } from "./client_error.ts"
import type { ClientTransport, ClientTransportHandlers, ClientWire } from "./client_transport.ts"
import { ClientTransportError } from "./client_transport.ts"
import type { Command } from "./command.ts"
import { openWire } from "./open_wire.ts"
import { readMessage, type ServerMessage } from "./server_message.ts"

/** What is told while the connection lives. The handler does not throw. */
export interface LinkOptions {
  /** Longest line that is read, in bytes. */
  readonly lineLimit: number
  /** Every message in order; `answered`: it is the answer to a request of this link. */
  readonly onMessage: (message: ServerMessage, answered: boolean) => void
}

/** One request: the message of this kind answers it. */
export interface Request {
  readonly command: Command
  /** `answerKey` of the message that answers. */
  readonly key: string
}

type Waiting = {
  readonly commandId: string
  readonly answer: (message: ServerMessage) => void
}

/** What a message may answer; null: it never answers. */
export const answerKey = (message: ServerMessage): string | null => {
  switch (message._tag) {
    case "LoginId":
      return "login_id"
    case "LoginPass":
      return "login_pass"
    case "LoginCapas":
      return "login_capas"
    case "LoginRefused":
      return message.step
    case "KeepAlive":
      return "keepalive"
    case "IpbxList":
      return "getipbxlist"
    case "ItemIds":
      return `listid/${message.list}`
    case "ItemChanged":
      return message.answer ? `${message.part}/${message.list}/${message.id}` : null
    default:
      return null
  }
}

const text = new TextEncoder()

export class Link {
  /** Messages received so far. */
  heard = 0
  readonly #options: LinkOptions
  readonly #decoder: LineDecoder
  readonly #waiting = new Map<string, Array<Waiting>>()
  readonly #watchers = new Set<(message: ServerMessage) => void>()
  readonly #end: Deferred.Deferred<never, LinkError | ClientEnded> = Deferred.makeUnsafe()
  #wire: ClientWire | null = null
  #commandId = 0

  private constructor(options: LinkOptions) {
    this.#options = options
    this.#decoder = new LineDecoder({ limit: options.lineLimit })
  }

  /** Opens a wire, encrypted as its transport says, and reads from it until the scope ends. `deadline` in milliseconds. */
  static readonly open = (
    transport: ClientTransport["Service"],
    options: LinkOptions,
    deadline: number
  ): Effect.Effect<Link, LinkError, Scope.Scope> =>
    Effect.gen(function* () {
      const link = new Link(options)
      yield* Effect.addFinalizer(() => Effect.sync(() => link.#closed(null)))
      const handlers: ClientTransportHandlers = {
        onBytes: (chunk) => link.#received(chunk),
        onClose: (error) => link.#closed(error)
      }
      link.#wire = yield* openWire(transport, handlers, deadline)
      return link
    })

  /** Fails when the connection is over: broken, ended by the server, closed by us. */
  get ended(): Effect.Effect<never, LinkError | ClientEnded> {
    return Deferred.await(this.#end)
  }

  /** Sends commands in one write; ends when the server takes them. */
  send(commands: ReadonlyArray<Command>): Effect.Effect<void, LinkError> {
    return this.#write(commands.map((command) => ({ ...command, commandid: ++this.#commandId })))
  }

  /** Sends requests in one write and waits for all their answers, in the order of the requests. `deadline` in milliseconds. */
  ask(
    requests: ReadonlyArray<Request>,
    deadline: number
  ): Effect.Effect<ReadonlyArray<ServerMessage>, LinkError | ClientEnded> {
    return Effect.suspend(() => {
      if (requests.length === 0) return Effect.succeed([])
      const done = Deferred.makeUnsafe<ReadonlyArray<ServerMessage>>()
      const answers = new Map<number, ServerMessage>()
      const registered: Array<readonly [key: string, waiting: Waiting]> = []
      const commands = requests.map(({ command, key }, at) => {
        const commandid = ++this.#commandId
        const answer = (message: ServerMessage): void => {
          answers.set(at, message)
          if (answers.size < requests.length) return
          const inOrder = requests.flatMap((_, index) => answers.get(index) ?? [])
          Deferred.doneUnsafe(done, Exit.succeed(inOrder))
        }
        const waiting = { commandId: String(commandid), answer }
        registered.push([key, waiting])
        const others = this.#waiting.get(key)
        if (others === undefined) this.#waiting.set(key, [waiting])
        else others.push(waiting)
        return { ...command, commandid }
      })
      const late = Effect.suspend(() => {
        const missing = requests.find((_, at) => !answers.has(at))
        const waitedFor = missing === undefined ? "answer" : missing.key
        const message = `the server did not answer ${waitedFor} within ${deadline / 1000} s`
        return Effect.fail(new ClientTimeout({ waitedFor, after: deadline, message }))
      })
      return this.#write(commands).pipe(
        Effect.andThen(Effect.raceFirst(Deferred.await(done), this.ended)),
        Effect.timeoutOrElse({ duration: deadline, orElse: () => late }),
        Effect.ensuring(Effect.sync(() => this.#forget(registered)))
      )
    })
  }

  /** The first message that `pick` answers something for. `start` runs once we listen. `deadline` in milliseconds. */
  watch<A, E>(
    pick: (message: ServerMessage) => Exit.Exit<A, E> | null,
    start: Effect.Effect<void, LinkError>,
    waitedFor: string,
    deadline: number
  ): Effect.Effect<A, E | LinkError | ClientEnded> {
    return Effect.suspend(() => {
      const found = Deferred.makeUnsafe<A, E>()
      const watcher = (message: ServerMessage): void => {
        const exit = pick(message)
        if (exit !== null) Deferred.doneUnsafe(found, exit)
      }
      this.#watchers.add(watcher)
      const message = `the server did not confirm ${waitedFor} within ${deadline / 1000} s`
      return start.pipe(
        Effect.andThen(Effect.raceFirst(Deferred.await(found), this.ended)),
        Effect.timeoutOrElse({
          duration: deadline,
          orElse: () => Effect.fail(new ClientTimeout({ waitedFor, after: deadline, message }))
        }),
        Effect.ensuring(Effect.sync(() => this.#watchers.delete(watcher)))
      )
    })
  }

  #write(commands: ReadonlyArray<Command>): Effect.Effect<void, LinkError> {
    return Effect.suspend(() => {
      const wire = this.#wire
      if (wire === null) return Effect.fail(new ClientTransportError({ reason: "closed", message: "the connection is closed" }))
      return wire.write(text.encode(commands.map((command) => `${JSON.stringify(command)}\n`).join("")))
    })
  }

  #received(chunk: Uint8Array): void {
    if (Deferred.isDoneUnsafe(this.#end)) return
    for (const line of this.#decoder.push(chunk)) {
      this.#line(line)
      if (Deferred.isDoneUnsafe(this.#end)) return
    }
    if (this.#decoder.overflow === null) return
    const message = `the server sent a line of more than ${this.#options.lineLimit} bytes`
    this.#closed(new ClientProtocolError({ reason: "line_too_long", message }))
  }

  #line(line: string): void {
    const { message, replyId } = readMessage(line)
    this.heard++
    const request = this.#answered(message, replyId)
    // first what is known, then those who wait: they go on at once, inside this call
    this.#options.onMessage(message, request !== null)
    request?.answer(message)
    for (const watcher of this.#watchers) watcher(message)
    if (message._tag !== "Disconnect") return
    const told = message.type === "" ? "" : ` (${message.type.slice(0, 64)})`
    this.#closed(new ClientEnded({ reason: "told_to_disconnect", message: `the server told this client to disconnect${told}` }))
  }

  /** The request that a message answers, which waits no more: by `replyid` where there is one, otherwise the oldest that fits. */
  #answered(message: ServerMessage, replyId: string | null): Waiting | null {
    const key = answerKey(message)
    const waiting = key === null ? undefined : this.#waiting.get(key)
    if (key === null || waiting === undefined) return null
    const at = replyId === null ? 0 : waiting.findIndex(({ commandId }) => commandId === replyId)
    const [request] = at < 0 ? [] : waiting.splice(at, 1)
    if (waiting.length === 0) this.#waiting.delete(key)
    return request ?? null
  }

  #forget(registered: ReadonlyArray<readonly [key: string, waiting: Waiting]>): void {
    for (const [key, waiting] of registered) {
      const all = this.#waiting.get(key)
      const at = all?.indexOf(waiting) ?? -1
      if (all === undefined || at < 0) continue
      all.splice(at, 1)
      if (all.length === 0) this.#waiting.delete(key)
    }
  }

  #closed(error: LinkError | ClientEnded | null): void {
    const reason = error ?? new ClientEnded({ reason: "closed", message: "the connection was closed by this client" })
    if (!Deferred.doneUnsafe(this.#end, Exit.fail(reason))) return
    this.#decoder.close()
    this.#wire?.close()
    this.#wire = null
  }
}
