/** What the runner and the child process with the server under test say to each other. */
import type { StoredState } from "@ctid/testing/vectors/stored_state"
import type { BusEvent } from "./bus_event.ts"
import type { CtiPort, Over } from "./cti_connection.ts"

/** Where the server under test is, on 127.0.0.1. */
export interface ServerPorts {
  readonly cti: CtiPort
  readonly webi: number
  readonly info: number
}

export type Order =
  /** Starts a server on these stored objects, against the Asterisk on this port of 127.0.0.1. `over`: how clients get into TLS. Answer: its ports. */
  | {
      readonly _tag: "Start"
      readonly stored: StoredState
      readonly version: string
      readonly amiPort: number
      readonly over: Over
    }
  /** The stored objects are these now. Nothing reads them by that. */
  | { readonly _tag: "Store"; readonly stored: StoredState }
  /** The server takes over what is stored. */
  | { readonly _tag: "Reload" }
  /** Answered when everything that had arrived was handled, and a Ping has gone to Asterisk and come back. */
  | { readonly _tag: "Settle" }
  /** Time passes. */
  | { readonly _tag: "Advance"; readonly milliseconds: number }
  /** The next session id that is drawn is this one. */
  | { readonly _tag: "SessionId"; readonly id: string }
  /** Ends the server. Answer: its log. */
  | { readonly _tag: "Stop" }

export interface NumberedOrder {
  readonly id: number
  readonly order: Order
}

export type ChildAnswer =
  | {
      readonly id: number
      readonly _tag: "Done"
      readonly ports: ServerPorts | null
      readonly log: ReadonlyArray<string>
      /** What the server told the program around it since the last answer. */
      readonly events: ReadonlyArray<BusEvent>
    }
  | { readonly id: number; readonly _tag: "Failed"; readonly message: string }
