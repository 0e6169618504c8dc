/** One connection of a guarded port: bytes to lines, within the limits; one line after the other to its session. */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import type { CloseCause, Connection, ConnectionHandlers } from "../connection/connection.ts"
import { utf8 } from "../protocol/server_message.ts"
import { Alarm, type Sleep } from "./alarm.ts"
import { looksLikeBrowser } from "./browser_greeting.ts"
import { Pace, type PortLimits, type Unterminated } from "./port_limits.ts"

/** Lines that may wait; above it nothing more is read. */
const MOST_WAITING = 64
/** Characters written at once; before the next ones the peer must have taken what waits for it. */
const BLOCK = 16 * 1024

/** How a session answers. */
export interface Answering {
  readonly connection: Connection
  /** Writes lines, each with its line feed, no faster than the peer takes them. Ends early when the connection does. */
  readonly write: (lines: Iterable<string>) => Effect.Effect<void>
  /** The peer may be silent from here on. */
  readonly mayBeSilent: () => void
  /** Writes what waits, then ends. */
  readonly close: () => void
}

/** What is behind one connection. */
export interface PortSession {
  /** One line without its end. The next one waits until this is done. */
  readonly onLine: (line: string) => Effect.Effect<void>
  /** The port closes. */
  readonly onStop?: () => void
  /** The connection has ended. */
  readonly onEnd?: () => void
}

export interface GuardedHost {
  readonly limits: PortLimits
  readonly unterminated: Unterminated | null
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly run: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
  readonly sleep: Sleep
  readonly refused: (reason: string) => void
  readonly ended: () => void
}

export class GuardedConnection implements ConnectionHandlers {
  readonly connection: Connection
  readonly #host: GuardedHost
  readonly #session: PortSession
  readonly #decoder = new TextDecoder()
  readonly #pace: Pace
  readonly #silence: Alarm
  readonly #life: Alarm
  readonly #pause: Alarm
  /** Open while the peer takes what it is sent. */
  readonly #drained = Latch.makeUnsafe(true)
  /** The unfinished line. */
  #carry = ""
  #received = 0
  #greeted = false
  #lines: Array<string> = []
  #working = false
  #ended = false
  #patient = false

  constructor(connection: Connection, host: GuardedHost, open: (answering: Answering) => PortSession) {
    this.connection = connection
    this.#host = host
    this.#pace = new Pace(host.limits.linesPerSecond)
    this.#silence = new Alarm(host.sleep)
    this.#life = new Alarm(host.sleep)
    this.#pause = new Alarm(host.sleep)
    this.#session = open({
      connection,
      write: (lines) => this.#write(lines),
      mayBeSilent: () => {
        this.#patient = true
        this.#silence.clear()
      },
      close: () => this.#close()
    })
    this.#awaitLine()
    if (host.limits.life !== null) this.#life.set(host.limits.life, () => this.#cutOff("too_long"))
  }

  readonly onBytes = (chunk: Uint8Array): void => {
    if (this.#ended) return
    const { limits } = this.#host
    this.#received += chunk.length
    if (this.#received > limits.bytes) return this.#cutOff("too_many_bytes")
    const text = this.#carry + this.#decoder.decode(chunk, { stream: true })
    const pieces = text.split("\n")
    this.#carry = pieces.pop() ?? ""
    if (!this.#greeted) {
      const [first = this.#carry] = pieces
      if (looksLikeBrowser(first)) return this.#cutOff("browser")
      this.#greeted = pieces.length > 0
    }
    if (this.#carry.length > limits.line || pieces.some((line) => line.length > limits.line)) {
      return this.#cutOff("line_too_long")
    }
    this.#take(pieces)
    const { unterminated } = this.#host
    if (unterminated === null || this.#carry === "") this.#pause.clear()
    else if (unterminated.whole(this.#carry)) this.#finish()
    else this.#pause.set(unterminated.wait, () => this.#finish())
  }

  readonly onDrain = (): void => {
    this.#drained.openUnsafe()
  }

  readonly onClose = (cause: CloseCause): void => {
    if (cause === "peer_closed" && this.#host.unterminated !== null) this.#finish()
    this.#end()
    this.#session.onEnd?.()
    this.#host.ended()
  }

  /** The port closes: a last word, and the end. */
  stop(): void {
    if (this.#ended) return
    this.#session.onStop?.()
    this.#close()
  }

  #take(pieces: ReadonlyArray<string>): void {
    if (pieces.length === 0) return
    for (const line of pieces) this.#lines.push(line.endsWith("\r") ? line.slice(0, -1) : line)
    this.#awaitLine()
    if (this.#lines.length > MOST_WAITING) this.connection.pause()
    if (this.#working) return
    this.#working = true
    this.#host.run(this.#work())
  }

  /** What has come of a line is taken for a whole one. */
  #finish(): void {
    this.#pause.clear()
    const line = this.#carry
    this.#carry = ""
    if (line !== "" && !this.#ended) this.#take([line])
  }

  /** Handles the lines there are, each in its turn, no faster than the limit. What has begun is finished, even if the peer leaves. */
  #work(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      for (;;) {
        const line = this.#lines.shift()
        if (line === undefined) break
        for (let wait = this.#pace.take(this.#host.now()); wait > 0; wait = this.#pace.take(this.#host.now())) {
          yield* Effect.sleep(wait)
        }
        if (this.#ended) break
        yield* this.#session.onLine(line)
        if (this.#ended) break
        if (this.#lines.length === MOST_WAITING / 2) this.connection.resume()
      }
    }).pipe(
      Effect.onExit((exit) =>
        Effect.sync(() => {
          this.#working = false
          // an internal error: whoever asked must not wait for ever
          if (exit._tag === "Failure") this.#close()
        })
      )
    )
  }

  #write(lines: Iterable<string>): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      let block = ""
      for (const line of lines) {
        block += `${line}\n`
        if (block.length < BLOCK) continue
        this.#send(block)
        block = ""
        yield* this.#drained.await
        if (this.#ended) return
      }
      if (block !== "") this.#send(block)
      yield* this.#drained.await
    })
  }

  #send(text: string): void {
    if (this.#ended) return
    if (!this.connection.write(utf8(text))) this.#drained.closeUnsafe()
  }

  #awaitLine(): void {
    if (this.#patient || this.#ended) return
    this.#silence.set(this.#host.limits.silence, () => {
      // who is being served, or has not read his answer, is not silent
      if (this.#working) this.#awaitLine()
      else this.#cutOff("silent")
    })
  }

  #cutOff(reason: string): void {
    if (this.#ended) return
    this.#end()
    if (reason === "silent" || reason === "too_long") this.connection.close()
    else this.connection.destroy()
    this.#host.refused(reason)
  }

  #close(): void {
    if (this.#ended) return
    this.#end()
    this.connection.close()
  }

  /** Nothing more is read or written; of the lines that were read only the one that is being handled is finished. */
  #end(): void {
    this.#ended = true
    this.#carry = ""
    this.#lines = []
    this.#silence.clear()
    this.#life.clear()
    this.#pause.clear()
    this.#drained.openUnsafe()
  }
}
