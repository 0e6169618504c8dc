/** How this server signs in at Asterisk, and how long it waits for what. */
import type * as Redacted from "effect/Redacted"

/** All times in milliseconds. */
export interface AmiSettings {
  /** Name of a section of `manager.conf`. */
  readonly username: string
  /** `secret` of that section. */
  readonly secret: Redacted.Redacted
  /** `md5` (the default): only an answer to Asterisk's challenge crosses the wire. `plain`: the secret itself does. */
  readonly authentication?: "md5" | "plain"
  /** From the greeting to the answer to the login. Default 10,000. */
  readonly loginTimeout?: number
  /** For the answer to one action, its turn included. Default 5,000. */
  readonly actionTimeout?: number
  /** For a whole list. Default 30,000. */
  readonly listTimeout?: number
  /** How long a starting Asterisk may take until it is used as it is. Default 60,000. */
  readonly bootTimeout?: number
  /** Silence after which Asterisk is asked whether it is there. Default 30,000. */
  readonly pingInterval?: number
  /** Further silence after which the link is given up. Default 10,000. */
  readonly pingTimeout?: number
  /** Before the first new attempt after a lost link; later attempts wait longer. Default 500. */
  readonly retryFirst?: number
  /** Between two attempts at most. Default 30,000. */
  readonly retryLongest?: number
  /** Before the first new attempt after a refused login. Default 10,000. */
  readonly retryRefused?: number
  /**
   * Actions that wait for their answer at the same time. Default 64; inside TLS 8, which leave in packets of their own on any network:
   * Asterisk closes a connection whose TLS records come in parts.
   */
  readonly maxActions?: number
  /** Events that wait for their handler; more are dropped, and everything is asked anew. Default 20,000. */
  readonly maxQueuedEvents?: number
}

export const defaultAmiSettings: Required<Omit<AmiSettings, "username" | "secret" | "maxActions">> = {
  authentication: "md5",
  loginTimeout: 10_000,
  actionTimeout: 5_000,
  listTimeout: 30_000,
  bootTimeout: 60_000,
  pingInterval: 30_000,
  pingTimeout: 10_000,
  retryFirst: 500,
  retryLongest: 30_000,
  retryRefused: 10_000,
  maxQueuedEvents: 20_000
}

/** Actions that wait for their answer at the same time, where nothing is set. */
export const defaultMaxActions = (encrypted: boolean): number => (encrypted ? 8 : 64)
