/** The owner of a connection that a transport borrows. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { AmiAccount } from "./ami_transport_contract_world.ts"

/** The client of a program; an `AmiClient` of `asterisk-ami-client` is one. */
export interface OwnedClient {
  /** Null: never connected. */
  readonly isConnected: boolean | null
  readonly connect: (username: string, secret: string, at: { readonly host: string; readonly port: number }) => Promise<unknown>
  readonly disconnect: () => unknown
}

/** A program that keeps its client connected, whatever happens, until the scope ends. */
export const keepConnected = (
  client: OwnedClient,
  { username, secret }: AmiAccount,
  at: { readonly host: string; readonly port: number }
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const connect = Effect.promise(() =>
      client.connect(username, secret, at).then(
        () => {},
        () => {}
      )
    )
    const keep = Effect.gen(function* () {
      for (;;) {
        // a client that is connected again within a millisecond loses its listeners to the clean-up of its last connection
        yield* Effect.sleep("4 millis")
        if (client.isConnected !== true) yield* Effect.andThen(Effect.sleep("4 millis"), connect)
      }
    })
    yield* Effect.forkScoped(keep)
    yield* Effect.addFinalizer(() => Effect.sync(() => void client.disconnect()))
  })
