/** What came while a vector ran: the raw material of the judgement. */
import type { JsonObject } from "./json.ts"
import type { PortName } from "./vector_send.ts"

/** A message to a client. */
export interface Received {
  readonly message: JsonObject
  /** How many sends were over when it came. */
  readonly after: number
  /** Caused by a step that only sets up state: it may be expected, but it is never too many. */
  readonly setup: boolean
  /** The decoded payload of a `sheet`. */
  readonly xml: string | null
}

export interface ConnectionRecord {
  /** `cti:42`, `cti:new` */
  readonly name: string
  /** Signed in, neither logged out nor closed: it belongs to `all`. */
  readonly session: boolean
  readonly received: ReadonlyArray<Received>
  /** The server closed it. */
  readonly closed: boolean
  /** Inside TLS, by a handshake that a send began. */
  readonly encrypted: boolean
}

/** An action that the server sent to Asterisk, without its ActionID. */
export interface ActionRecord {
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly after: number
  readonly setup: boolean
}

/** An agent who is a member of a queue when the sends begin. */
export interface MemberRecord {
  readonly queue: string
  readonly interface: string
  /** `Agent/2001` */
  readonly name: string
}

/** One connection to a side port. */
export interface PortRecord {
  readonly port: PortName
  /** How many sends were over when it was opened. */
  readonly after: number
  /** What it said. */
  readonly lines: ReadonlyArray<string>
  /** The server closed it. */
  readonly closed: boolean
}

/** An event that the server told the program around it. */
export interface BusRecord {
  readonly event: string
  readonly data: JsonObject
  readonly after: number
  readonly setup: boolean
}

export interface Recording {
  /** Since the sends began. */
  readonly events: ReadonlyArray<BusRecord>
  readonly ports: ReadonlyArray<PortRecord>
  readonly connections: ReadonlyArray<ConnectionRecord>
  /** Since the sends began. */
  readonly actions: ReadonlyArray<ActionRecord>
  readonly members: ReadonlyArray<MemberRecord>
  /** Agent number -> id. */
  readonly agents: ReadonlyMap<string, number>
  /** The connection that sent last, `webi` or `info` for one to a side port; null when none did. */
  readonly lastSender: string | null
}
