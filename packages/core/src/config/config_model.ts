/** A configuration as the server takes it: validated, with every default, in our own units. */
import type * as Redacted from "effect/Redacted"
import type { TlsVersion } from "../connection/tls_identity.ts"
import type { DirectoryData } from "../directory/directory.ts"
import type { Notice } from "./problem.ts"
import type { ServerSettings } from "./settings.ts"
import type { ServiceTemplates } from "./template_conflicts.ts"

export interface ListenerConfig {
  readonly enabled: boolean
  readonly address: string
  /** 0: any free port. */
  readonly port: number
}

/** What clients of a clear port are offered, or made to do, before they sign in. */
export type Encryption = "off" | "offered" | "required"

/** The ports of the options page. */
export interface ListenersConfig {
  readonly cti: ListenerConfig & { readonly encryption: Encryption }
  readonly ctis: ListenerConfig
  readonly webInterface: ListenerConfig
  readonly info: ListenerConfig
  readonly announce: ListenerConfig
  readonly fastAgi: ListenerConfig
}

/** How the server proves who it is. */
export interface TlsConfig {
  /** Null: it cannot. */
  readonly files: {
    /** PEM files. */
    readonly certificate: string
    readonly key: string
    /** CAs of the certificates that clients must show; null: clients need none. */
    readonly clientCa: string | null
  } | null
  readonly minimumVersion: TlsVersion
  /** Milliseconds. */
  readonly handshakeTimeout: number
}

export interface AmiTlsConfig {
  /** PEM file. */
  readonly ca: string | null
  readonly serverName: string
  /** SHA-256 fingerprint. */
  readonly pin: string | null
  readonly minimumVersion: TlsVersion
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
  readonly tls: TlsConfig
  /** The switch "live reload configuration", which the web interface port obeys. */
  readonly liveReload: boolean
  /** Files are taken over as they are saved. */
  readonly watchFiles: boolean
  readonly ami: AmiConfig
  readonly telephony: TelephonyConfig
  readonly passwords: PasswordsConfig
  readonly log: LogConfig
  /** What the administrator should know. */
  readonly notices: ReadonlyArray<Notice>
}
