/**
 * The wire to Asterisk through an `AmiClient` of npm `asterisk-ami-client`: the socket, TLS and the codec are ours, given to the client through
 * its connector; the client hands the messages on. A program's own listeners on that client get them, too.
 *
 * @example
 * ```ts
 * import { AmiClientTransport } from "@ctid/ami-client"
 *
 * const transport = AmiClientTransport.layer({
 *   host: "pbx.example",
 *   port: 5039,
 *   tls: {},
 *   onClient: (client) => client.on("event", (event) => console.log(event.Event))
 * })
 * ```
 */
import { AmiTransport, AmiTransportError, type AmiTransportHandlers, type AmiWire } from "@ctid/ami/ami_transport"
import { NodeAmiTransport, type NodeAmiTransportOptions } from "@ctid/platform-node/node_ami_transport"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { AmiClientConstructor, AmiClientObject } from "./ami_client_like.ts"
import { SeamConnection } from "./seam_connection.ts"
import { type AmiClientUnsupported, CLIENT_OPTIONS, loadAmiClient } from "./supported_client.ts"

export interface AmiClientTransportOptions extends NodeAmiTransportOptions {
  /**
   * Gets each client before it is connected: there is a new one for every connection. Its packets have the headers of `asterisk-ami-client`'s,
   * and an array where a header is repeated. Its actions need an ActionID of their own. What a listener throws is logged.
   */
  readonly onClient?: ((client: AmiClientObject) => void) | undefined
}

interface Given {
  readonly AmiClient: AmiClientConstructor
  readonly inner: AmiTransport["Service"]
  readonly onClient: AmiClientTransportOptions["onClient"]
  readonly report: (thrown: unknown) => void
}

const open =
  ({ AmiClient, inner, onClient, report }: Given) =>
  (handlers: AmiTransportHandlers): Effect.Effect<AmiWire, AmiTransportError, Scope.Scope> =>
    Effect.gen(function* () {
      const client = new AmiClient(CLIENT_OPTIONS)
      const connection = new SeamConnection(client, handlers, { heard: onClient !== undefined, report })
      try {
        onClient?.(client)
      } catch (thrown) {
        report(thrown)
      }
      const wire = yield* inner.open(connection)
      yield* Effect.tryPromise({
        // no user and no secret: the session signs in
        try: () => client.connect(),
        catch: (thrown) => {
          wire.close()
          return new AmiTransportError({
            reason: "connect",
            message: `${inner.label}: the AmiClient did not take the connection; does a listener of 'connect' throw? ${String(thrown)}`
          })
        }
      })
      connection.start(wire)
      return wire
    })

/** The same as the native wire, with a client in it. */
export const AmiClientTransport: {
  /** Fails when the installed `asterisk-ami-client` is not the one that is supported. */
  readonly layer: (options: AmiClientTransportOptions) => Layer.Layer<AmiTransport, AmiClientUnsupported>
} = {
  layer: ({ onClient, ...options }) =>
    Layer.effect(
      AmiTransport,
      Effect.gen(function* () {
        const AmiClient = yield* loadAmiClient
        const inner = yield* AmiTransport
        const context = yield* Effect.context<never>()
        const report = (thrown: unknown): void => {
          Effect.runForkWith(context)(
            Effect.logError("ami client listener failed", Cause.die(thrown)).pipe(Effect.annotateLogs({ pbx: inner.label }))
          )
        }
        return AmiTransport.of({
          label: `${inner.label} (asterisk-ami-client)`,
          open: open({ AmiClient, inner, onClient, report })
        })
      })
    ).pipe(Layer.provide(NodeAmiTransport.layer(options)))
}
