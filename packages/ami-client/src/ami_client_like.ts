/** The shape of `asterisk-ami-client` 1.1.5, as far as it is used here. The package itself has no types. */

/** A packet as the package hands it out: the value of each header by its name, as Asterisk spells it. */
export type AmiClientPacket = { readonly [header: string]: unknown }

/** The connection of a client that is connected. */
export interface AmiClientConnection {
  /** A text is an action's lines; an object its headers. */
  readonly write: (message: string | object) => unknown
  readonly close: () => unknown
  readonly isConnected: boolean
}

/** An `AmiClient` of a program; every object of the package's class is one. */
export interface AmiClientLike {
  /** Null: never connected. */
  readonly isConnected: boolean | null
  readonly connection: Pick<AmiClientConnection, "write"> | null
  on(event: string, listener: (packet: AmiClientPacket) => void): unknown
  removeListener(event: string, listener: (packet: AmiClientPacket) => void): unknown
}

/** Options of the package. The defaults are its own. */
export interface AmiClientOptions {
  /** Default false. */
  readonly reconnect?: boolean
  /** Attempts until it gives up for ever; null: it never does. Default 30. */
  readonly maxAttemptsCount?: number | null
  /** Milliseconds. Default 1000. */
  readonly attemptsDelay?: number
  /** Default false. It does not find a dead peer. */
  readonly keepAlive?: boolean
  /** Milliseconds. Default 1000. */
  readonly keepAliveDelay?: number
  /** Default true: an event is emitted under its own name, too, even when that is `error` or `disconnect`. */
  readonly emitEventsByTypes?: boolean
  readonly eventTypeToLowerCase?: boolean
  /** Default true: a response is emitted as `resp_` and its ActionID, too. */
  readonly emitResponsesById?: boolean
  readonly dontDeleteSpecActionId?: boolean
  /** Default false: packets get a property `$time`. */
  readonly addTime?: boolean
  /** Names of events that are *not* emitted. */
  readonly eventFilter?: ReadonlyArray<string> | null
}

/** An object of the package's class. */
export interface AmiClientObject extends AmiClientLike {
  readonly connect: (user?: string, secret?: string, options?: object) => Promise<AmiClientConnection>
  readonly disconnect: () => unknown
  /** With `promisable` true: a promise of the response. */
  readonly action: (message: object, promisable?: boolean) => unknown
  /** Reads an option, or sets it and answers whether there is one of that name. */
  readonly option: (name: keyof AmiClientOptions, value?: unknown) => unknown
  readonly lastEvent: AmiClientPacket | null
  readonly lastResponse: AmiClientPacket | null
  readonly listenerCount: (event: string) => number
  readonly removeAllListeners: () => unknown
  /** Private in the package, and the one place where it makes connections. */
  _connector: { readonly connect: (...args: ReadonlyArray<unknown>) => Promise<AmiClientConnection> }
}

export type AmiClientConstructor = new (options?: AmiClientOptions) => AmiClientObject
