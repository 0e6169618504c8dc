/** The clear beginning of a connection that is to be encrypted (reference 2.2), as the client sees it. Pure. */
import { LineDecoder } from "@ctid/core/protocol/line_decoder"
import { ClientProtocolError } from "./client_error.ts"
import type { Command } from "./command.ts"
import { readMessage } from "./server_message.ts"

/** What the client wishes when the server has offered. */
export const startTlsWish: Command = { class: "starttls", status: true }

/**
 * What is to be done after some bytes: nothing yet, send the wish, begin the handshake at once (no byte was said in clear behind the
 * confirmation), or give up.
 */
export type StartTlsStep = "wait" | "wish" | "handshake" | ClientProtocolError

/** Longest line in clear: offers and confirmations have about 60 bytes. */
const LINE_LIMIT = 4096

const refusal = (reason: ClientProtocolError["reason"], message: string): ClientProtocolError =>
  new ClientProtocolError({ reason, message })

const clearText = refusal(
  "clear_text",
  "the server, or somebody between, went on in clear after it had confirmed STARTTLS: nothing of it was believed"
)

/**
 * Until the handshake nobody knows who is speaking, so of all that comes in clear only an offer and a confirmation of STARTTLS are
 * looked at.
 */
export class StartTlsDialogue {
  readonly #decoder = new LineDecoder({ limit: LINE_LIMIT })
  #state: "offer" | "confirmation" | "over" = "offer"

  /** What was waited for when nothing more came. */
  get waitsFor(): "offer" | "confirmation" | "handshake" {
    return this.#state === "over" ? "handshake" : this.#state
  }

  /** The bytes are not kept. Whatever is given after `handshake` is refused. */
  push(chunk: Uint8Array): StartTlsStep {
    if (this.#state === "over") return clearText
    const before = this.#state
    for (const line of this.#decoder.push(chunk)) {
      if (this.#over) return clearText
      const { message } = readMessage(line)
      if (message._tag === "StartTlsOffered" && this.#state === "offer") this.#state = "confirmation"
      // one that was said before the wish could be heard confirms nothing
      else if (message._tag === "StartTlsAnswered" && before === "confirmation") {
        this.#state = "over"
        if (!message.accepted) return refusal("starttls_declined", "the server declines STARTTLS")
      }
    }
    if (this.#decoder.overflow !== null) {
      this.#state = "over"
      return refusal("line_too_long", `the server sent a line of more than ${LINE_LIMIT} bytes before it was encrypted`)
    }
    if (this.#over) return this.#decoder.pending === 0 ? "handshake" : clearText
    return before === "offer" && this.#state === "confirmation" ? "wish" : "wait"
  }

  get #over(): boolean {
    return this.#state === "over"
  }
}
