/** The door to UDP: datagrams in. Nothing is ever sent, so that a forged sender gets no answer. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Endpoint, ListenError } from "./connection.ts"

export class Datagrams extends Context.Service<
  Datagrams,
  {
    /**
     * Receives until the scope closes. `onDatagram` is called in the socket's callback and does not throw; the bytes may be reused by
     * the binding. Address and port as in `Listener.listen`.
     */
    readonly bind: (
      options: { readonly address: string; readonly port: number },
      onDatagram: (bytes: Uint8Array, from: Endpoint) => void
    ) => Effect.Effect<Endpoint, ListenError, Scope.Scope>
  }
>()("@ctid/core/Datagrams") {}
