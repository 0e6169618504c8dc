/** A packet of the Asterisk Manager Interface. */

/**
 * Headers in the order in which they came, repeats kept. Names are compared without regard to case. A packet is an event when
 * its first header is `Event` (an `OriginateResponse` event has a `Response` header too).
 */
export interface AmiMessage {
  readonly kind: "event" | "response" | "other"
  /** The value of the first header: the event's name, or `Success`, `Error`, `Goodbye`. */
  readonly name: string
  /** First value of a header, or undefined. */
  readonly get: (name: string) => string | undefined
  /** All values of a header, in order. */
  readonly all: (name: string) => ReadonlyArray<string>
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
}
