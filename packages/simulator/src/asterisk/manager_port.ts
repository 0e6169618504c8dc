/** The simulated manager port: its connections, and the order in which they are served. */
import type { ActionSpec, Reply } from "./action.ts"
import type { Headers } from "./ami_packet.ts"
import { type CannedAnswer, type ManagerSession, type ManagerUser, makeManagerSession } from "./manager_session.ts"
import type { Publish } from "./publisher.ts"

/** The client's end of a connection to the manager port. */
export interface AmiPipe {
  /** Bytes to Asterisk. What it answers comes through `onBytes` before this returns, unless it was called from `onBytes`. */
  readonly write: (bytes: Uint8Array) => void
  readonly close: () => void
}

export interface AmiPipeHandlers {
  /** Everything that Asterisk says in one go comes as one chunk. The greeting comes before `connect` returns. */
  readonly onBytes: (bytes: Uint8Array) => void
  /** Called once, last, also after our own `close`. */
  readonly onClose: () => void
}

/** An action as Asterisk got it. */
export interface RecordedAction {
  /** As written: `QueueAdd`. */
  readonly name: string
  /** In order, `Action` and `ActionID` among them. */
  readonly headers: Headers
}

export interface ManagerPortOptions {
  readonly users: () => ReadonlyArray<ManagerUser>
  readonly actions: ReadonlyMap<string, ActionSpec>
  readonly hasModule: (module: string) => boolean
  readonly booted: () => Headers | null
  /** How many of the latest actions are remembered. */
  readonly recorded: number
}

export interface ManagerPort {
  readonly connect: (handlers: AmiPipeHandlers) => AmiPipe
  readonly connections: () => number
  readonly recorded: () => ReadonlyArray<RecordedAction>
  readonly forget: () => void
  readonly setAnswer: (action: string, answer: CannedAnswer | null) => void
  /** Bytes to all connections. */
  readonly broadcast: (bytes: Uint8Array) => void
  readonly isOpen: () => boolean
  readonly open: () => void
  /** Closes all connections. `silently`: what was still to be said is not. */
  readonly shut: (silently: boolean) => void
  /** Hands over all that was said. Whoever changes something from outside calls it afterwards. */
  readonly flush: () => void
}

const GREETING = "Asterisk Call Manager/11.0.0\r\n"

interface Connection {
  readonly session: ManagerSession
  readonly handlers: AmiPipeHandlers
  output: Array<Uint8Array>
  ended: boolean
}

const join = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const [first] = chunks
  if (chunks.length === 1 && first !== undefined) return first
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    joined.set(chunk, at)
    at += chunk.length
  }
  return joined
}

/** Events reach the sessions through `publish`; the rest of the port is made when the actions are known. */
export const makeManagerPort = (): {
  readonly publish: Publish
  readonly listen: (options: ManagerPortOptions) => ManagerPort
} => {
  const encoder = new TextEncoder()
  const connections = new Set<Connection>()

  // Events wait while an action runs, so that its response comes first.
  let held: Array<() => void> | null = null
  const publish: Publish = (privilege, event, headers) => {
    const deliver = (): void => {
      for (const connection of connections) connection.session.event(privilege, event, headers)
    }
    if (held === null) deliver()
    else held.push(deliver)
  }
  const hold = (action: () => Reply): { readonly reply: Reply; readonly release: () => void } => {
    const events: Array<() => void> = []
    held = events
    const reply = action()
    held = null
    return {
      reply,
      release: () => {
        for (const deliver of events) deliver()
      }
    }
  }

  /** Hands over what waits for one connection; false: nothing did. */
  const serve = (connection: Connection): boolean => {
    if (connection.output.length > 0) {
      const bytes = join(connection.output)
      connection.output = []
      connection.handlers.onBytes(bytes)
      return true
    }
    if (!connection.ended || !connections.delete(connection)) return false
    connection.handlers.onClose()
    return true
  }

  // What is said in one go leaves together; handlers that write while they are called are served by the outermost loop.
  let flushing = false
  const flush = (): void => {
    if (flushing) return
    flushing = true
    try {
      while ([...connections].filter(serve).length > 0);
    } finally {
      flushing = false
    }
  }

  const listen = (options: ManagerPortOptions): ManagerPort => {
    const recorded: Array<RecordedAction> = []
    const canned = new Map<string, CannedAnswer>()
    let running = true
    let challenges = 0

    const connect = (handlers: AmiPipeHandlers): AmiPipe => {
      if (!running) {
        handlers.onClose()
        return { write: () => {}, close: () => {} }
      }
      const send = (text: string): void => {
        if (!connection.ended) connection.output.push(encoder.encode(text))
      }
      const end = (): void => {
        connection.ended = true
      }
      const session = makeManagerSession({
        users: options.users,
        actions: options.actions,
        hasModule: options.hasModule,
        booted: options.booted,
        challenge: () => String(100_000_000 + ++challenges),
        canned: (action) => canned.get(action),
        record: (request) => {
          recorded.push({ name: request.get("Action"), headers: request.headers })
          if (recorded.length > options.recorded) recorded.shift()
        },
        hold,
        send,
        close: end
      })
      const connection: Connection = { session, handlers, output: [], ended: false }
      connections.add(connection)
      send(GREETING)
      flush()
      return {
        write: (bytes) => {
          if (connection.ended) return
          session.push(bytes)
          flush()
        },
        close: () => {
          connection.output = []
          end()
          flush()
        }
      }
    }

    return {
      connect,
      connections: () => connections.size,
      recorded: () => [...recorded],
      forget: () => {
        recorded.length = 0
      },
      setAnswer: (action, answer) => {
        if (answer === null) canned.delete(action.toLowerCase())
        else canned.set(action.toLowerCase(), answer)
      },
      broadcast: (bytes) => {
        for (const connection of connections) if (!connection.ended) connection.output.push(bytes)
      },
      isOpen: () => running,
      open: () => {
        running = true
      },
      shut: (silently) => {
        running = false
        for (const connection of connections) {
          if (silently) connection.output = []
          connection.ended = true
        }
      },
      flush
    }
  }

  return { publish, listen }
}
