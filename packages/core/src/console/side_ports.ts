/**
 * The side ports of a running server (reference 8), each opened on its own until its scope closes, so that a reload may open, close and
 * move them one by one: a port is moved when it is opened in another scope and the old scope is closed after.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { LiveConfig, type LiveValues } from "../config/live_config.ts"
import { Settings } from "../config/settings.ts"
import type { Endpoint, ListenError, Listener } from "../connection/connection.ts"
import type { Datagrams } from "../connection/datagrams.ts"
import { CtiServer } from "../cti_server.ts"
import { Directory } from "../directory/directory.ts"
import { Notifier } from "../notify/notifier.ts"
import { Presence } from "../presence/presence.ts"
import { changeObject } from "../reload/object_change.ts"
import { changeQueueMembers } from "../reload/queue_members_change.ts"
import { Pbx } from "../telephony/pbx.ts"
import { Telephony } from "../telephony/telephony.ts"
import { openAnnounce } from "./announce.ts"
import { openFastAgi } from "./fast_agi_port.ts"
import { type InfoSwitches, openInfoServer } from "./info_port.ts"
import type { OpenConnection } from "./info_views.ts"
import { openWebInterface } from "./web_interface_port.ts"

/** Where a port is to be. Port 0: any free one. */
export interface SidePortPlace {
  readonly address: string
  readonly port: number
}

/** Answers where the port is. */
type Opening<R> = Effect.Effect<Endpoint, ListenError, R | Scope.Scope>

/** A TCP port, with the socket timeout as it is at each moment. */
const tcp = ({ address, port }: SidePortPlace) =>
  Effect.map(Settings, (settings) => ({ address, port, socketTimeout: () => settings.current().socketTimeout }))

export interface WebInterfaceReading {
  /** The switch "live reload configuration" as it was when the server started. */
  readonly liveReload: boolean
  /** Reads the configuration again and takes it over, other ports included; false: it was refused. It says why by itself. */
  readonly reload: Effect.Effect<boolean>
  /** Reads what is declared now, and takes nothing over; null: it was refused. It says why by itself. */
  readonly read: Effect.Effect<LiveValues | null>
}

/** The administration pages' port. */
export const openWebInterfacePort = (
  place: SidePortPlace,
  { liveReload, reload, read }: WebInterfaceReading
): Opening<CtiServer | LiveConfig | Settings | Telephony | Listener> =>
  Effect.gen(function* () {
    const telephony = yield* Telephony
    const services = Context.make(Telephony, telephony).pipe(
      Context.add(CtiServer, yield* CtiServer),
      Context.add(LiveConfig, yield* LiveConfig)
    )
    const effects = {
      liveReload,
      reload,
      read,
      queueMembers: ({ directory }: LiveValues) => Effect.provideContext(changeQueueMembers(directory), services),
      object: (...change: Parameters<typeof changeObject>) => Effect.provideContext(changeObject(...change), services),
      asterisk: telephony.runCommand
    }
    return (yield* openWebInterface(effects, yield* tcp(place))).endpoint
  })

export interface InfoProgram extends InfoSwitches {
  readonly version: string
  /** When the server started, in milliseconds since the epoch. */
  readonly startedAt: number
}

/** The administrator's console. */
export const openInfoPort = (
  place: SidePortPlace,
  program: InfoProgram
): Opening<CtiServer | Directory | Notifier | Pbx | Presence | Settings | Listener> =>
  Effect.gen(function* () {
    const server = yield* CtiServer
    const directory = yield* Directory
    const connections = (): ReadonlyArray<OpenConnection> =>
      server.connections().map(({ connectionId, peer, encrypted, session }) => {
        const user = session === null ? null : { id: session.userId, login: session.login, version: session.version }
        return { port: "cti", connectionId, peer, encrypted, user }
      })
    const world = {
      ...program,
      directory: directory.current,
      telephony: (yield* Pbx).state,
      presence: yield* Presence,
      notifier: yield* Notifier,
      connections,
      disconnect: (connectionId: number) => void server.disconnect(connectionId)
    }
    return (yield* openInfoServer(world, yield* tcp(place))).endpoint
  })

/** The dialplan's entry. */
export const openFastAgiPort = (place: SidePortPlace): Opening<Directory | Presence | Settings | Telephony | Listener> =>
  Effect.gen(function* () {
    const directory = yield* Directory
    const presence = yield* Presence
    const telephony = yield* Telephony
    const world = () => ({
      directory: directory.current(),
      presence: presence.get,
      connected: presence.connected,
      up: telephony.isUp()
    })
    return (yield* openFastAgi(world, yield* tcp(place))).endpoint
  })

/** Where Asterisk, or whoever restarts it, announces itself. UDP. */
export const openAnnouncePort = (place: SidePortPlace): Opening<Telephony | Datagrams> =>
  Effect.flatMap(Telephony, (telephony) => openAnnounce(telephony, place))
