/** A server at work: its ports open, its configuration read again when that is asked for. */
import {
  type AmiDump,
  type CtidConfig,
  CtiServer,
  type InfoSwitches,
  openAnnouncePort,
  openFastAgiPort,
  openInfoPort,
  openWebInterfacePort
} from "@ctid/core"
import * as Clock from "effect/Clock"
import type * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import type * as Path from "effect/Path"
import type * as Scope from "effect/Scope"
import { CommandError } from "../command_error.ts"
import type { LoadedConfig } from "../config/load_config.ts"
import { LogVolume } from "../log.ts"
import { version } from "../version.ts"
import { makePorts, type Ports } from "./ports.ts"
import { makeReloader, type Reloader } from "./reload.ts"
import { type ServedTls, type ServerServices, servedTls, tlsServer } from "./server.ts"
import type { LoadedTls } from "./tls_files.ts"

export interface Serving {
  readonly ports: Ports
  readonly reloader: Reloader
}

export interface ServingOptions {
  /** The configuration's path. */
  readonly file: string
  readonly config: LoadedConfig
  readonly tls: LoadedTls
  readonly amiDump: AmiDump | null
}

/** Every port of the configuration, in the order of the options page. */
export const wantedPorts = ({ listeners }: CtidConfig) =>
  [
    ["fast_agi", listeners.fastAgi],
    ["cti", listeners.cti],
    ["ctis", listeners.ctis],
    ["web_interface", listeners.webInterface],
    ["info", listeners.info],
    ["announce", listeners.announce]
  ] as const

/** How each is opened. `reloader`: asked for when a port needs it. */
const makeServerPorts = Effect.fnUntraced(function* (
  config: CtidConfig,
  served: ServedTls,
  amiDump: AmiDump | null,
  reloader: () => Reloader
): Effect.fn.Return<Ports, never, ServerServices | LogVolume | Scope.Scope> {
  const server = yield* CtiServer
  const volume = yield* LogVolume
  const startedAt = yield* Clock.currentTimeMillis
  const tls = tlsServer(served)
  const startTls = () => (served.encryption === "off" ? null : { tls, required: served.encryption === "required" })
  const switches: InfoSwitches = {
    logLevel: (level) => volume.set(level === "warning" ? "warn" : level),
    amiDump,
    health: () => [...reloader().health(), ...ports.health()]
  }
  const ports: Ports = yield* makePorts<ServerServices>({
    cti: (where) => server.listen({ ...where, startTls }),
    ctis: (where) => server.listen({ ...where, tls }),
    web_interface: (where) =>
      openWebInterfacePort(where, {
        liveReload: config.liveReload,
        reload: Effect.suspend(() => reloader().reload("web interface")),
        read: Effect.suspend(() => reloader().read)
      }),
    info: (where) => openInfoPort(where, { version, startedAt, ...switches }),
    fast_agi: openFastAgiPort,
    announce: openAnnouncePort
  })
  return ports
})

/** Opens the ports until the scope closes. Fails when no client could come in. */
export const startServing = Effect.fnUntraced(function* ({
  file,
  config,
  tls,
  amiDump
}: ServingOptions): Effect.fn.Return<
  Serving,
  CommandError,
  ServerServices | LogVolume | Path.Path | Digest.Digest | Scope.Scope
> {
  const served = servedTls(config, tls.credentials)
  const ports: Ports = yield* makeServerPorts(config, served, amiDump, () => reloader)
  const reloader: Reloader = yield* makeReloader({
    file,
    first: config,
    firstTls: tls,
    served,
    openPorts: (next) => ports.apply(wantedPorts(next))
  })
  yield* ports.apply(wantedPorts(config))
  if (ports.opened().some(({ name }) => name === "cti" || name === "ctis")) return { ports, reloader }
  return yield* new CommandError({ code: 1, message: "no port for clients could be opened: nothing is served" })
})
