/** The composition root: a configuration and a way to Asterisk become a running server. */
import { type CtidConfig, CtiServer, Directory, type Endpoint, Settings, type Telephony } from "@ctid/core"
import { NodePlatform } from "@ctid/platform-node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { CommandError } from "./command_error.ts"

/**
 * A server on this machine's sockets. At its end clients are told and what waits for them is written; then the PBX is left.
 * `telephony` is made for the declared directory.
 */
export const layerServer = (
  config: CtidConfig,
  telephony: Layer.Layer<Telephony, never, Directory>
): Layer.Layer<CtiServer> => {
  const directory = Directory.layer(config.directory)
  return CtiServer.layer.pipe(
    Layer.provide([
      Settings.layer(config.settings),
      directory,
      Layer.provide(telephony, directory),
      NodePlatform.layer({ passwords: config.passwords })
    ])
  )
}

/** One port: opened, or why not in the log. */
const openPort = (
  server: CtiServer["Service"],
  name: string,
  { enabled, address, port }: CtidConfig["listeners"]["cti"]
): Effect.Effect<ReadonlyArray<Endpoint>, never, Scope.Scope> =>
  Effect.gen(function* () {
    if (!enabled) {
      yield* Effect.logWarning("port not opened").pipe(Effect.annotateLogs({ listener: name, reason: "it is disabled" }))
      return []
    }
    const endpoint = yield* server.listen({ address, port })
    yield* Effect.logInfo("listening").pipe(Effect.annotateLogs({ listener: name, ...endpoint }))
    return [endpoint]
  }).pipe(
    Effect.catchTag("ListenError", ({ code, message }) =>
      Effect.logError("port not opened").pipe(Effect.annotateLogs({ listener: name, code, reason: message }), Effect.as([]))
    )
  )

/** Opens the ports that the configuration names until the scope closes. Fails when there is none to open. */
export const openPorts = Effect.fnUntraced(function* (
  config: CtidConfig
): Effect.fn.Return<ReadonlyArray<Endpoint>, CommandError, CtiServer | Scope.Scope> {
  const server = yield* CtiServer
  const endpoints = yield* openPort(server, "cti", config.listeners.cti)
  if (endpoints.length > 0) return endpoints
  return yield* new CommandError({ code: 1, message: "no port could be opened: nothing is served" })
})
