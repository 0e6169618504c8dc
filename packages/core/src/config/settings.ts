/** What a running server may be told to do differently. Read at every decision, so that a reload applies at once. */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { Network } from "../connection/network.ts"

/** Protocol versions that are known (reference 11). */
export const PROTOCOL_VERSIONS = ["1.2", "2.0", "2.1", "2.2", "2.3"] as const
export type ProtocolVersion = (typeof PROTOCOL_VERSIONS)[number]

export interface ServerSettings {
  /** `any`: every known version is admitted. A version: only that one, as the original. */
  readonly version: "any" | ProtocolVersion
  /** `enforced`: a client may only choose a presence that its present one allows. `advisory`: any of its group, as the original. */
  readonly reachability: "enforced" | "advisory"
  /** Users see only what is in the context of their main line ("Contexts Separation"). */
  readonly contextSeparation: boolean
  /** When a user with several sessions is disconnected: `last`, or as the original at the end of `any` of them. */
  readonly disconnectOn: "last" | "any"
  /** Milliseconds from accept to a successful `login_capas`. */
  readonly loginTimeout: number
  /** Milliseconds in which a peer must take something of what waits for it. */
  readonly socketTimeout: number
  /** Milliseconds for all actions of one presence change together. */
  readonly actionTimeout: number
  readonly limits: ServerLimits
}

/** In bytes, where nothing else is said. */
export interface ServerLimits {
  /** Clients connected at a time. */
  readonly connections: number
  /** Clients that have not signed in, together. */
  readonly connectionsBeforeLogin: number
  /** The same of one address; of IPv6, of a network of 64 bits. */
  readonly connectionsPerAddress: number
  /** Connections of one address that are accepted in a second, after a burst of as many. */
  readonly connectionRatePerAddress: number
  /** What is counted for one address is not counted for these, behind which many clients stand. This machine is always one of them. */
  readonly sharedAddresses: ReadonlyArray<Network>
  readonly lineBeforeLogin: number
  readonly lineAfterLogin: number
  /** All lines together that are unfinished or wait, of clients that have not signed in; a little of each does not count. */
  readonly lineBudgetBeforeLogin: number
  /** The same of those that have. */
  readonly lineBudgetAfterLogin: number
  /** A line that began as `faxsend`. */
  readonly faxLine: number
  /** All unfinished lines over `lineAfterLogin`, of all connections together. */
  readonly faxBudget: number
  /** Replies waiting for one client above this pause reading from it. */
  readonly replyHighWater: number
  /** Bytes waiting for one client above this end its connection. */
  readonly outbox: number
}

export const defaultSettings: ServerSettings = {
  version: "any",
  reachability: "enforced",
  contextSeparation: false,
  disconnectOn: "last",
  loginTimeout: 5_000,
  socketTimeout: 10_000,
  actionTimeout: 2_000,
  limits: {
    connections: 10_000,
    connectionsBeforeLogin: 5_000,
    connectionsPerAddress: 500,
    connectionRatePerAddress: 200,
    sharedAddresses: [],
    lineBeforeLogin: 64 * 1024,
    lineAfterLogin: 1024 * 1024,
    lineBudgetBeforeLogin: 16 * 1024 * 1024,
    lineBudgetAfterLogin: 256 * 1024 * 1024,
    faxLine: 32 * 1024 * 1024,
    faxBudget: 128 * 1024 * 1024,
    replyHighWater: 256 * 1024,
    outbox: 4 * 1024 * 1024
  }
}

/** The settings in force. */
export class Settings extends Context.Service<
  Settings,
  {
    readonly current: () => ServerSettings
    /** Each new value after this moment. */
    readonly changes: Stream.Stream<ServerSettings>
  }
>()("@ctid/core/Settings") {
  /** Fixed settings: the defaults, but for what is given. `LiveConfig` has those that change. */
  static readonly layer = (changes: Partial<ServerSettings> = {}): Layer.Layer<Settings> => {
    const settings = { ...defaultSettings, ...changes }
    return Layer.succeed(Settings, Settings.of({ current: () => settings, changes: Stream.never }))
  }
}
