/** An Asterisk that says what a test tells it to say, behind the transport's door. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AmiDecoder } from "../ami_decoder.ts"
import type { AmiMessage } from "../ami_message.ts"
import { AmiTransport, AmiTransportError, type AmiTransportHandlers } from "../ami_transport.ts"

export type Headers = ReadonlyArray<readonly [name: string, value: string]>

/** What is said to an action: packets in order; the ActionID is added to each. Nothing: silence. */
export type Answer = (action: AmiMessage) => ReadonlyArray<Headers> | null

export const success = (...headers: Headers): Headers => [["Response", "Success"], ...headers]
export const error = (message: string): Headers => [
  ["Response", "Error"],
  ["Message", message]
]
export const event = (name: string, ...headers: Headers): Headers => [["Event", name], ...headers]

/** A list as Asterisk sends it. */
export const listOf = (...items: ReadonlyArray<Headers>): ReadonlyArray<Headers> => [
  success(["EventList", "start"]),
  ...items,
  event("ListComplete", ["EventList", "Complete"], ["ListItems", String(items.length)])
]

export const unknown = (action: string): Headers =>
  error(`Invalid/unknown command: ${action}. Use Action: ListCommands to show available commands.`)

export class ScriptedAsterisk {
  greeting = "Asterisk Call Manager/11.0.0"
  encrypted = false
  /** What the next attempts to open meet; null: they succeed. */
  refusal: AmiTransportError | null = null
  opens = 0
  /** Milliseconds from an action to its answer. */
  latency = 0
  /** All actions, oldest first. */
  readonly actions: Array<AmiMessage> = []
  readonly answers = new Map<string, Answer>()
  #handlers: AmiTransportHandlers | null = null

  constructor() {
    this.answers.set("Challenge", () => [success(["Challenge", "793292043"])])
    this.answers.set("Login", () => [success(["Message", "Authentication accepted"]), event("FullyBooted")])
    this.answers.set("Events", () => [success(["Events", "On"])])
    this.answers.set("CoreStatus", () => [success(["CoreCurrentCalls", "0"])])
    this.answers.set("QueueStatus", () => listOf())
    this.answers.set("Ping", () => [success(["Ping", "Pong"])])
    this.answers.set("Logoff", () => [[["Response", "Goodbye"]]])
  }

  get isOpen(): boolean {
    return this.#handlers !== null
  }

  /** Names of the actions, but for those of the login. */
  get names(): ReadonlyArray<string> {
    return this.actions.map((action) => action.name).filter((name) => !["Challenge", "Login", "Events"].includes(name))
  }

  /** Actions of this name, without their ActionID. */
  sent(name: string): ReadonlyArray<Headers> {
    return this.actions
      .filter((action) => action.name === name)
      .map((action) => action.headers.filter(([header]) => header !== "ActionID"))
  }

  say(...packets: ReadonlyArray<Headers>): void {
    const text = packets.map((packet) => `${packet.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`).join("")
    this.#handlers?.onMessages(new AmiDecoder({ greeting: false }).push(new TextEncoder().encode(text)))
  }

  /** The link breaks. */
  drop(reason: AmiTransportError["reason"] = "closed"): void {
    this.#close(new AmiTransportError({ reason, message: `The link is ${reason}.` }))
  }

  #close(reason: AmiTransportError | null): void {
    const handlers = this.#handlers
    this.#handlers = null
    handlers?.onClose(reason)
  }

  #receive(action: AmiMessage): Effect.Effect<unknown> {
    this.actions.push(action)
    const id = action.get("ActionID")
    const answer = this.answers.get(action.name)
    const packets = answer === undefined ? [unknown(action.name)] : answer(action)
    if (packets === null) return Effect.void
    const said = packets.map((packet): Headers => (id === undefined ? packet : [...packet, ["ActionID", id]]))
    const saying = Effect.sync(() => this.say(...said))
    return this.latency === 0
      ? saying
      : Effect.forkDetach(Effect.andThen(Effect.sleep(this.latency), saying), { startImmediately: true })
  }

  readonly layer: Layer.Layer<AmiTransport> = Layer.succeed(
    AmiTransport,
    AmiTransport.of({
      label: "ami://scripted:5038",
      open: (handlers) =>
        Effect.gen({ self: this }, function* () {
          this.opens++
          if (this.refusal !== null) return yield* this.refusal
          const decoder = new AmiDecoder({ greeting: false })
          this.#handlers = handlers
          const close = (): void => {
            if (this.#handlers === handlers) this.#close(null)
          }
          yield* Effect.addFinalizer(() => Effect.sync(close))
          return {
            greeting: this.greeting,
            encrypted: this.encrypted,
            write: (bytes: Uint8Array) =>
              Effect.suspend(() => {
                if (this.#handlers !== handlers) {
                  return Effect.fail(new AmiTransportError({ reason: "lost", message: "The link is gone." }))
                }
                return Effect.forEach(decoder.push(bytes), (action) => this.#receive(action), { discard: true })
              }),
            close
          }
        })
    })
  )
}
