/** Where a client is between its first connection and its end. */
import type { ClientEnded, ClientLoginError, LinkError } from "./client_error.ts"
import type { Identity } from "./identity.ts"

/** Why a client is over, for good. */
export type ClientEnd = ClientLoginError | ClientEnded | LinkError

export type ClientState =
  /** `attempt` 0 is the first one after the start or after a connection that held. */
  | { readonly _tag: "Connecting"; readonly attempt: number }
  | { readonly _tag: "Online"; readonly identity: Identity }
  /** `retryIn`: milliseconds. */
  | { readonly _tag: "Offline"; readonly reason: LinkError; readonly retryIn: number }
  | { readonly _tag: "Ended"; readonly reason: ClientEnd }

/** Counted since the start. */
export interface ClientCounts {
  readonly messages: number
  /** Messages, or lines, that were not understood. */
  readonly unknown: number
  readonly connections: number
}
