/** Somebody at his desk: a client over a real socket, and what it has heard and shows. */
import { type Board, type ClientEvent, CtiClient, type CtiClientShape } from "@ctid/client"
import { NodeClientTransport } from "@ctid/platform-node"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { eventually, type NotInTime } from "./eventually.ts"

export interface Person {
  readonly client: CtiClientShape
  /** Waits until his board is as wanted. */
  readonly sees: (what: string, wanted: (board: Board) => boolean) => Effect.Effect<void, NotInTime>
  /** Forgets what he was told up to now. */
  readonly forget: Effect.Effect<void, unknown>
  /** Fails if he was told anything since `forget`. */
  readonly heardNothing: Effect.Effect<void, unknown>
}

/** Signs in and waits for the board; the scope's end closes the connection. His password is his login. */
export const signIn = (port: number, login: string): Effect.Effect<Person, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const client = yield* CtiClient.make({ login, password: Redacted.make(login), reconnect: { first: 50, longest: 500 } })
    let heard: Array<ClientEvent> = []
    yield* client.events.pipe(
      Stream.runForEach((event) => Effect.sync(() => heard.push(event))),
      Effect.forkScoped({ startImmediately: true })
    )
    yield* client.ready
    // what his login does is over: a user's changes of presence come one after the other
    yield* client.setPresence("away")
    yield* client.setPresence("available")
    // the answer comes after all that the server had to say before
    const everythingTold = client.keepAlive
    const person: Person = {
      client,
      sees: (what, wanted) =>
        Effect.asVoid(
          eventually(
            `${login} sees ${what}`,
            Effect.sync(() => client.board()),
            wanted,
            15,
            (board) => JSON.stringify(board, (_, value) => (value instanceof Map ? [...value.values()] : value))
          )
        ),
      forget: Effect.map(everythingTold, () => {
        heard = []
      }),
      heardNothing: Effect.gen(function* () {
        yield* everythingTold
        assert.deepStrictEqual(heard, [], `${login} heard ${JSON.stringify(heard)}`)
      })
    }
    return person
  }).pipe(Effect.provide(Layer.merge(NodeClientTransport.layer({ host: "127.0.0.1", port }), NodeCrypto.layer)))
