/** What a command handler knows of the client it serves. */
import type * as Effect from "effect/Effect"
import type { User } from "../directory/directory.ts"
import type { ClientHearer } from "../notify/notifier.ts"
import type { ServerMessage } from "../protocol/server_message.ts"

/** A signed-in client. */
export interface Client extends ClientHearer {
  readonly connectionId: number
  readonly user: User
}

/**
 * What a handler answers: replies at once, or an effect that ends with them. `ignored`: nothing is said, the command is counted
 * with this reason.
 */
export type Handled = ReadonlyArray<ServerMessage> | Effect.Effect<ReadonlyArray<ServerMessage>> | Ignored

export interface Ignored {
  readonly _tag: "Ignored"
  readonly reason: string
}

export const ignore = (reason: string): Ignored => ({ _tag: "Ignored", reason })

export const nothing: ReadonlyArray<ServerMessage> = []
