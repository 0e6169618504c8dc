/** The connection that a client is given through its connector: our socket and our codec, and the client hands on what it emits. */
import { EventEmitter } from "node:events"
import { type ActionHeaders, encodeAction } from "@ctid/ami/ami_encoder"
import type { AmiMessage } from "@ctid/ami/ami_message"
import type { AmiTransportError, AmiTransportHandlers, AmiWire } from "@ctid/ami/ami_transport"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { AmiClientConnection, AmiClientObject, AmiClientPacket } from "./ami_client_like.ts"
import { headerObject, leanObject } from "./header_object.ts"
import { notOneAction } from "./one_action.ts"

export interface SeamOptions {
  /** True: somebody else listens to the client, too, and wants whole packets. */
  readonly heard: boolean
  /** Gets what a listener of the client threw. */
  readonly report: (thrown: unknown) => void
}

const utf8 = new TextEncoder()

export class SeamConnection extends EventEmitter implements AmiClientConnection, AmiTransportHandlers {
  readonly #handlers: AmiTransportHandlers
  readonly #options: SeamOptions
  #wire: AmiWire | null = null
  #connected = true
  /** What came before the client listened. */
  #early: Array<AmiMessage> | null = []
  #ended: AmiTransportError | null | undefined
  #lastEvent: AmiMessage | null = null
  #lastResponse: AmiMessage | null = null
  /** The message that is being handed on, until the client hands it to us. */
  #current: AmiMessage | null = null
  #batch: Array<AmiMessage> = []

  constructor(client: AmiClientObject, handlers: AmiTransportHandlers, options: SeamOptions) {
    super()
    this.#handlers = handlers
    this.#options = options
    client._connector = { connect: () => Promise.resolve(this) }
    client.on("event", this.#take)
    client.on("response", this.#take)
  }

  get isConnected(): boolean {
    return this.#connected
  }

  get lastEvent(): AmiClientPacket | null {
    return this.#lastEvent === null ? null : headerObject(this.#lastEvent)
  }

  get lastResponse(): AmiClientPacket | null {
    return this.#lastResponse === null ? null : headerObject(this.#lastResponse)
  }

  /** The client listens: it gets what has come so far, and from now on everything at once. */
  start(wire: AmiWire): void {
    this.#wire = wire
    const early = this.#early ?? []
    this.#early = null
    if (early.length > 0) this.onMessages(early)
    if (this.#ended !== undefined) this.#end(this.#ended)
  }

  readonly onMessages = (messages: ReadonlyArray<AmiMessage>): void => {
    if (this.#early !== null) {
      this.#early.push(...messages)
      return
    }
    const batch: Array<AmiMessage> = []
    this.#batch = batch
    for (const message of messages) this.#handOn(message)
    if (batch.length > 0) this.#handlers.onMessages(batch)
  }

  readonly onClose = (error: AmiTransportError | null): void => {
    this.#connected = false
    if (this.#early !== null) this.#ended = error
    else this.#end(error)
  }

  /** For the program's own actions through the client. Throws when it is not one action that Asterisk can only read as such. */
  readonly write = (message: string | object): boolean => {
    const bytes = typeof message === "string" ? textAction(message) : objectAction(message)
    const wire = this.#wire
    if (wire === null || !this.#connected) throw new Error("This AmiClient is not connected: the action was not sent.")
    // queued at once; nobody waits until it is taken
    Effect.runFork(Effect.ignore(wire.write(bytes)))
    return true
  }

  readonly close = (): this => {
    this.#wire?.close()
    return this
  }

  #handOn(message: AmiMessage): void {
    const isEvent = message.kind === "event"
    if (isEvent) this.#lastEvent = message
    else this.#lastResponse = message
    this.#current = message
    try {
      this.emit(isEvent ? "event" : "response", this.#options.heard ? headerObject(message) : leanObject(message))
    } catch (thrown) {
      // who threw stood before us: nothing is lost for it
      this.#take()
      this.#options.report(thrown)
    }
    this.#current = null
  }

  /** The client emits an event twice when it emits by types, and it is named so. */
  readonly #take = (): void => {
    if (this.#current === null) return
    this.#batch.push(this.#current)
    this.#current = null
  }

  #end(error: AmiTransportError | null): void {
    try {
      if (error !== null) this.emit("error", error)
      this.emit("close")
    } catch (thrown) {
      this.#options.report(thrown)
    }
    this.#handlers.onClose(error)
  }
}

const textAction = (text: string): Uint8Array => {
  const whole = `${text.replace(/[\r\n]+$/, "")}\r\n\r\n`
  const why = notOneAction(whole)
  if (why !== null) throw new Error(`This text is not sent to Asterisk: ${why}.`)
  return utf8.encode(whole)
}

const objectAction = (message: object): Uint8Array => {
  const headers: ActionHeaders = Object.entries(message).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(String) : value === undefined || value === null ? undefined : String(value)
  ])
  return Result.getOrThrow(encodeAction(headers))
}
