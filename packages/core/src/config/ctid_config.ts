/** `ctid.yml`, validated: everything that a server needs to know (reference 7.1). Pure: the file was read and parsed elsewhere. */

import type * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { DirectoryData } from "../directory/directory.ts"
import { crossCheck } from "./cross_checks.ts"
import { asMapping, readDeclared, readExternalServers } from "./declared.ts"
import { decoder, refuse, refuseKey, type Source } from "./decode.ts"
import { toDirectory } from "./directory_objects.ts"
import { noticesOf } from "./notices.ts"
import { AmiSection, TelephonySection } from "./pbx_sections.ts"
import { byPosition, ConfigError, type Notice, type PositionOf } from "./problem.ts"
import {
  LimitsSection,
  ListenersSection,
  LogSection,
  PasswordsSection,
  ServerSection,
  TimeoutsSection
} from "./server_sections.ts"
import type { ServerSettings } from "./settings.ts"
import type { ServiceTemplates } from "./template_conflicts.ts"

export interface ListenerConfig {
  readonly enabled: boolean
  readonly address: string
  /** 0: any free port. */
  readonly port: number
}

export interface CertificateFiles {
  /** PEM files. */
  readonly certificate: string | null
  readonly key: string | null
}

/** The ports of the options page. This version opens `cti`. */
export interface ListenersConfig {
  readonly cti: ListenerConfig
  readonly ctis: ListenerConfig & CertificateFiles
  readonly starttls: { readonly enabled: boolean } & CertificateFiles
  readonly webInterface: ListenerConfig
  readonly info: ListenerConfig
  readonly announce: ListenerConfig
  readonly fastAgi: ListenerConfig
}

export interface AmiTlsConfig {
  /** PEM file. */
  readonly ca: string | null
  readonly serverName: string
  /** SHA-256 fingerprint. */
  readonly pin: string | null
  readonly minimumVersion: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3"
}

/** The link to Asterisk. Times in milliseconds. */
export interface AmiConfig {
  readonly username: string
  readonly password: Redacted.Redacted
  readonly address: string
  readonly port: number
  /** Null: clear text. */
  readonly tls: AmiTlsConfig | null
  /** What carries the link: our own connection, or the same through npm `asterisk-ami-client`. */
  readonly driver: "native" | "asterisk-ami-client"
  readonly authentication: "md5" | "plain"
  readonly connectTimeout: number
  readonly loginTimeout: number
  readonly actionTimeout: number
  readonly listTimeout: number
  readonly pingInterval: number
  readonly pingTimeout: number
  readonly retryLongest: number
  readonly retryRefused: number
}

/** Names in Asterisk, filled in with a line's values. */
export interface TelephonyTemplates extends ServiceTemplates {
  readonly doNotDisturbValue: string
  readonly agentInterface: string
  readonly agentStateInterface: string
}

export interface TelephonyConfig {
  /** Milliseconds. */
  readonly pollInterval: number
  /** Milliseconds. */
  readonly resyncInterval: number
  readonly templates: TelephonyTemplates
}

/** How passwords are hashed and checked. */
export interface PasswordsConfig {
  /** KiB. */
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
  readonly atOnce: number
  readonly waiting: number
  readonly remembered: number
}

export interface LogConfig {
  readonly format: "auto" | "pretty" | "json"
  readonly level: "trace" | "debug" | "info" | "warn" | "error"
}

export interface CtidConfig {
  readonly settings: ServerSettings
  readonly directory: DirectoryData
  readonly listeners: ListenersConfig
  readonly ami: AmiConfig
  readonly telephony: TelephonyConfig
  readonly passwords: PasswordsConfig
  readonly log: LogConfig
  /** What the administrator should know. */
  readonly notices: ReadonlyArray<Notice>
}

/** The sections that are mappings of options. */
export const sections = {
  server: ServerSection,
  timeouts: TimeoutsSection,
  limits: LimitsSection,
  listeners: ListenersSection,
  ami: AmiSection,
  telephony: TelephonySection,
  passwords: PasswordsSection,
  log: LogSection
}

/** The lists and groups of objects. */
export const collections = [
  "users",
  "lines",
  "agents",
  "queues",
  "voicemails",
  "profiles",
  "presence_groups",
  "hint_groups",
  "external_servers"
] as const

const decoders = {
  server: decoder(sections.server),
  timeouts: decoder(sections.timeouts),
  limits: decoder(sections.limits),
  listeners: decoder(sections.listeners),
  ami: decoder(sections.ami),
  telephony: decoder(sections.telephony),
  passwords: decoder(sections.passwords),
  log: decoder(sections.log)
}

type Server = (typeof ServerSection)["Type"]
type Timeouts = (typeof TimeoutsSection)["Type"]
type Limits = (typeof LimitsSection)["Type"]
type Listeners = (typeof ListenersSection)["Type"]
type Ami = (typeof AmiSection)["Type"]
type Telephony = (typeof TelephonySection)["Type"]
type Passwords = (typeof PasswordsSection)["Type"]

const toSettings = (server: Server, timeouts: Timeouts, limits: Limits): ServerSettings => ({
  version: server.protocol_version,
  reachability: server.reachability,
  contextSeparation: server.context_separation,
  disconnectOn: server.disconnect_on,
  loginTimeout: timeouts.login,
  socketTimeout: timeouts.socket,
  actionTimeout: timeouts.actions,
  limits: {
    connections: limits.connections,
    lineBeforeLogin: limits.line_before_login,
    lineAfterLogin: limits.line_after_login,
    faxLine: limits.fax_line,
    faxBudget: limits.fax_budget,
    replyHighWater: limits.reply_high_water,
    outbox: limits.outbox
  }
})

const toListeners = (listeners: Listeners): ListenersConfig => ({
  cti: listeners.cti,
  ctis: listeners.ctis,
  starttls: listeners.starttls,
  webInterface: listeners.web_interface,
  info: listeners.info,
  announce: listeners.announce,
  fastAgi: listeners.fast_agi
})

const toAmi = (ami: Ami): AmiConfig => ({
  username: ami.username,
  password: ami.password,
  address: ami.address,
  port: ami.port,
  tls: ami.tls.enabled
    ? {
        ca: ami.tls.ca,
        serverName: ami.tls.server_name ?? ami.address,
        pin: ami.tls.pin,
        minimumVersion: ami.tls.minimum_version
      }
    : null,
  driver: ami.driver,
  authentication: ami.authentication,
  connectTimeout: ami.connect_timeout,
  loginTimeout: ami.login_timeout,
  actionTimeout: ami.action_timeout,
  listTimeout: ami.list_timeout,
  pingInterval: ami.ping_interval,
  pingTimeout: ami.ping_timeout,
  retryLongest: ami.retry_longest,
  retryRefused: ami.retry_refused
})

const toTelephony = (telephony: Telephony): TelephonyConfig => ({
  pollInterval: telephony.poll_interval,
  resyncInterval: telephony.resync_interval,
  templates: {
    doNotDisturb: telephony.templates.do_not_disturb,
    doNotDisturbValue: telephony.templates.do_not_disturb_value,
    forwardUnconditional: telephony.templates.forward_unconditional,
    forwardBusy: telephony.templates.forward_busy,
    forwardNoAnswer: telephony.templates.forward_no_answer,
    doNotDisturbDevice: telephony.templates.do_not_disturb_device,
    forwardDevice: telephony.templates.forward_device,
    agentInterface: telephony.templates.agent_interface,
    agentStateInterface: telephony.templates.agent_state_interface
  }
})

const toPasswords = (passwords: Passwords): PasswordsConfig => ({
  memory: Math.floor(passwords.memory / 1024),
  passes: passwords.passes,
  parallelism: passwords.parallelism,
  atOnce: passwords.at_once,
  waiting: passwords.waiting,
  remembered: passwords.remembered
})

/** Two ports of ours on one address, and limits that contradict each other. */
const checkServer = (
  source: Source,
  listeners: Listeners | undefined,
  limits: Limits | undefined,
  passwords: Passwords | undefined
): void => {
  const taken = new Map<string, string>()
  for (const name of ["cti", "ctis", "web_interface", "info", "fast_agi"] as const) {
    const listener = listeners?.[name]
    if (listener === undefined || !listener.enabled || listener.port === 0) continue
    const place = `${listener.address}:${listener.port}`
    const other = taken.get(place)
    if (other !== undefined) refuse(source, ["listeners", name, "port"], `a port of its own (listeners.${other} has it)`, place)
    taken.set(place, name)
  }
  if (limits !== undefined && limits.fax_budget < limits.fax_line) {
    refuse(source, ["limits", "fax_budget"], "at least limits.fax_line", `${limits.fax_budget} bytes`)
  }
  if (passwords !== undefined && passwords.memory < passwords.parallelism * 8 * 1024) {
    refuse(source, ["passwords", "memory"], "at least 8 KiB for each of passwords.parallelism", `${passwords.memory} bytes`)
  }
}

const read = <K extends keyof typeof decoders>(
  source: Source,
  root: Readonly<Record<string, unknown>>,
  name: K
): ReturnType<(typeof decoders)[K]> =>
  // `name:` with nothing after it is an empty section. The cast: the decoder of a key answers that key's section.
  decoders[name](source, [name], root[name] ?? {}) as ReturnType<(typeof decoders)[K]>

/**
 * Validates the parsed content of `ctid.yml` (CSV files that it names already put in the place of their lists). `position` says where a
 * path was written. Fails with all problems at once.
 */
export const decodeConfig = Effect.fnUntraced(function* (
  data: unknown,
  position: PositionOf
): Effect.fn.Return<CtidConfig, ConfigError, Digest.Digest> {
  const source: Source = { data, position, problems: [] }
  const root = asMapping(data ?? {})
  if (root === null) {
    refuse(source, [], `a mapping of sections: ${Object.keys(sections).join(", ")}...`)
    return yield* new ConfigError({ problems: source.problems })
  }
  const known = [...Object.keys(sections), ...collections]
  for (const key of Object.keys(root)) if (!known.includes(key)) refuseKey(source, [key], known)
  const server = read(source, root, "server")
  const timeouts = read(source, root, "timeouts")
  const limits = read(source, root, "limits")
  const listeners = read(source, root, "listeners")
  const ami = read(source, root, "ami")
  const telephony = read(source, root, "telephony")
  const passwords = read(source, root, "passwords")
  const log = read(source, root, "log")
  const declared = readDeclared(source, root)
  const externalServers = readExternalServers(source, root)
  checkServer(source, listeners, limits, passwords)
  crossCheck(source, declared, telephony === undefined ? null : toTelephony(telephony).templates)

  if (source.problems.length > 0 || !server || !timeouts || !limits || !listeners || !ami || !telephony || !passwords || !log) {
    return yield* new ConfigError({ problems: source.problems.toSorted(byPosition) })
  }
  return {
    settings: toSettings(server, timeouts, limits),
    directory: yield* toDirectory(server.uuid, declared),
    listeners: toListeners(listeners),
    ami: toAmi(ami),
    telephony: toTelephony(telephony),
    passwords: toPasswords(passwords),
    log,
    notices: noticesOf(source, declared, {
      listeners,
      cti: listeners.cti,
      ami,
      contextSeparation: server.context_separation,
      liveReload: server.live_reload,
      externalServers
    })
  }
})

/** Validates the section `passwords` alone, so that passwords can be made for a file that is not complete yet. */
export const decodePasswordsConfig = (data: unknown, position: PositionOf): Effect.Effect<PasswordsConfig, ConfigError> =>
  Effect.suspend(() => {
    const source: Source = { data, position, problems: [] }
    const passwords = read(source, asMapping(data) ?? {}, "passwords")
    checkServer(source, undefined, undefined, passwords)
    return passwords === undefined || source.problems.length > 0
      ? Effect.fail(new ConfigError({ problems: source.problems.toSorted(byPosition) }))
      : Effect.succeed(toPasswords(passwords))
  })

/** Where nothing is written in a file: embedded and generated configurations. */
export const positionIn =
  (file: string): PositionOf =>
  () => ({ file, line: 1, column: 1 })
