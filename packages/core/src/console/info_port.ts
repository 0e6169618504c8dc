/** The info server's port: a console for the administrator (reference 8.2). */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { audited } from "../audit.ts"
import { knownId, LIST_OF } from "../commands/registrations.ts"
import type { Connection, ListenError, Listener, ListenOptions } from "../connection/connection.ts"
import { logText } from "../log_text.ts"
import type { Hearer, Notifier } from "../notify/notifier.ts"
import { Outbox } from "../notify/outbox.ts"
import { contextOf } from "../parting/parting.ts"
import type { StatusKind } from "../protocol/client_command.ts"
import { utf8 } from "../protocol/server_message.ts"
import type { Answering, PortSession } from "./guarded_connection.ts"
import { type GuardedPort, openGuardedPort } from "./guarded_port.ts"
import { HELP, type InfoCommand, type InfoLogLevel, readInfoCommand, statusLine } from "./info_server.ts"
import { connectionLine, type InfoState, loggedLine, type OpenConnection, showAtAGlance, showList } from "./info_views.ts"
import type { PortLimits } from "./port_limits.ts"

/** A console is a person, or a small program that asks now and then. */
export const infoLimits: PortLimits = {
  connections: 16,
  connectionsPerSecond: 20,
  line: 1024,
  bytes: 1024 * 1024,
  linesPerSecond: 50,
  silence: 600_000,
  life: null
}

/** Status messages that may wait for a console that does not read, in bytes. */
const OUTBOX = 256 * 1024
/** Objects that one console may register for. */
const MOST_REGISTRATIONS = 1_000

/** Switches of the running program; null where it has none. */
export interface InfoSwitches {
  /** What else `show_infos` says of the running program, one line each. */
  readonly health: () => ReadonlyArray<string>
  readonly logLevel: ((level: InfoLogLevel) => void) | null
  readonly amiDump: AmiDump | null
}

/** Events of Asterisk in the log. */
export interface AmiDump {
  readonly set: (on: boolean, events: ReadonlyArray<string>) => void
  readonly on: () => boolean
  /** Names; none: all. */
  readonly events: () => ReadonlyArray<string>
}

export interface InfoWorld extends InfoState, InfoSwitches {
  /** Of this program. */
  readonly version: string
  /** When the server started, in milliseconds since the epoch. */
  readonly startedAt: number
  readonly notifier: Notifier["Service"]
  /** Every open connection of the server's, but for this port's own. */
  readonly connections: () => ReadonlyArray<OpenConnection>
  /** Ends a client's connection. */
  readonly disconnect: (connectionId: number) => void
}

export interface InfoServerOptions {
  readonly address: string
  readonly port: number
  readonly socketTimeout: ListenOptions["socketTimeout"]
  readonly limits?: PortLimits
}

/** What changes something is in the log. */
const ACTS: ReadonlySet<InfoCommand["_tag"]> = new Set(["Disconnect", "Kick", "LogLevel", "DumpAmi"])

/** As the original's language numbers them. */
const LEVEL_NUMBERS: Readonly<Record<InfoLogLevel, number>> = { debug: 10, info: 20, warning: 30, error: 40 }

interface Shared {
  readonly world: InfoWorld
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly own: () => ReadonlyArray<Connection>
}

class Console implements PortSession {
  readonly #shared: Shared
  readonly #answering: Answering
  readonly #outbox: Outbox
  /** One for each registration: what a console registers for it may see. */
  readonly #hearers = new Map<string, Hearer>()

  constructor(shared: Shared, answering: Answering) {
    this.#shared = shared
    this.#answering = answering
    this.#outbox = new Outbox({ connection: answering.connection, limit: OUTBOX, onOverflow: () => {} })
  }

  readonly onLine = (line: string): Effect.Effect<void> => {
    if (line.trim() === "") return Effect.void
    const command = readInfoCommand(line)
    const answer = Effect.suspend(() => this.#answering.write(this.#answer(command)))
    return (ACTS.has(command._tag) ? Effect.andThen(this.#note(line), answer) : answer).pipe(
      Effect.andThen(this.#answering.write([statusLine(command._tag !== "Unknown")])),
      // an internal error prints nothing for its command
      Effect.catchCause((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.void : Effect.logError("internal error", cause)))
    )
  }

  readonly onStop = (): void => {
    const time = new Date(this.#shared.now()).toUTCString()
    this.#answering.connection.write(utf8(`-- disconnected message from server at ${time} : server stop\n`))
  }

  readonly onEnd = (): void => {
    this.#outbox.close()
    for (const hearer of this.#hearers.values()) this.#shared.world.notifier.leave(hearer)
  }

  #note(line: string): Effect.Effect<void> {
    const { address, port } = this.#answering.connection.peer
    return Effect.logInfo("info server").pipe(
      Effect.annotateLogs(audited("console", { command: logText(line.trim()), peer: `${address}:${port}` }))
    )
  }

  #answer(command: InfoCommand): Iterable<string> {
    const { world } = this.#shared
    switch (command._tag) {
      case "Help":
        return HELP
      case "ShowList":
        return showList(world, command.list, command.ids)
      case "Show":
        return showAtAGlance(world, command.list)
      case "ShowInfos": {
        const seconds = Math.floor((this.#shared.now() - world.startedAt) / 1000)
        return [`infos=xivo_version=${world.version};commandset=xivocti;uptime=${seconds} s`, ...world.health()]
      }
      case "ShowLogged":
        return world.connections().flatMap(loggedLine)
      case "Disconnect":
        return command.peer === null ? [] : this.#disconnect(command.peer)
      case "Kick":
        return command.user === null ? [] : this.#kick(command.user)
      case "Register":
        this.#register(command.kind, command.server, command.key)
        return []
      case "LogLevel":
        return [this.#logLevel(command.level, command.said)]
      case "DumpAmi":
        return [this.#dumpAmi(command.on, command.events)]
      case "FdList":
        return [...world.connections(), ...this.#consoles()].map(connectionLine)
      case "Nothing":
      case "Unknown":
        return []
    }
  }

  #consoles(): ReadonlyArray<OpenConnection> {
    return this.#shared
      .own()
      .map(({ id, peer, encrypted }) => ({ port: "info", connectionId: id, peer, encrypted, user: null }))
  }

  #clients(): ReadonlyArray<OpenConnection> {
    return this.#shared.world.connections().filter(({ port }) => port === "cti")
  }

  #disconnect(peer: OpenConnection["peer"]): ReadonlyArray<string> {
    const found = this.#clients().find((one) => one.peer.address === peer.address && one.peer.port === peer.port)
    if (found === undefined) return ["nobody disconnected"]
    this.#shared.world.disconnect(found.connectionId)
    return [`disconnecting ('${found.peer.address}', ${found.peer.port}) (${found.connectionId})`]
  }

  /** By login, or by id. */
  #kick(who: string): ReadonlyArray<string> {
    const found = this.#clients().filter(({ user }) => user !== null && (user.login === who || String(user.id) === who))
    for (const { connectionId } of found) this.#shared.world.disconnect(connectionId)
    return found.length === 0
      ? ["nobody kicked"]
      : found.map(({ user, connectionId }) => `kicked ${user?.id} (${connectionId})`)
  }

  #register(kind: StatusKind, server: string, name: string): void {
    const { notifier, directory } = this.#shared.world
    const id = server === directory().serverUuid ? knownId(directory(), kind, name) : null
    const key = `${kind}/${id}`
    const known = this.#hearers.get(key)
    if (id === null || (known === undefined && this.#hearers.size >= MOST_REGISTRATIONS)) return
    // again for one that was gone and has come back
    const hearer: Hearer = known ?? { outbox: this.#outbox, context: () => contextOf(directory(), LIST_OF[kind], id) }
    this.#hearers.set(key, hearer)
    notifier.register(hearer, kind, id)
    this.#answering.mayBeSilent()
  }

  #logLevel(level: InfoLogLevel | null, said: string): string {
    const set = this.#shared.world.logLevel
    if (level === null || set === null) return `unknown level name ${said} to set`
    set(level)
    return `loglevel set to ${level} (${LEVEL_NUMBERS[level]})`
  }

  #dumpAmi(on: boolean | null, events: ReadonlyArray<string>): string {
    const dump = this.#shared.world.amiDump
    if (dump !== null && on !== null) dump.set(on, events)
    const names = dump === null || dump.events().length === 0 ? "all" : dump.events().join(",")
    const enabled = dump?.on() === true
    return `dumpami status : enable (${enabled ? names : ""}) disable (${enabled ? "" : "all"})`
  }
}

/** Opens the port until the scope closes; then the consoles are told. */
export const openInfoServer = Effect.fnUntraced(function* (
  world: InfoWorld,
  { limits = infoLimits, ...where }: InfoServerOptions
): Effect.fn.Return<GuardedPort, ListenError, Listener | Scope.Scope> {
  const clock = yield* Clock.Clock
  const now = (): number => clock.currentTimeMillisUnsafe()
  let opened: GuardedPort | null = null
  const shared: Shared = { world, now, own: () => opened?.connections() ?? [] }
  opened = yield* openGuardedPort({ ...where, name: "info", limits }, (answering) => new Console(shared, answering))
  return opened
})
