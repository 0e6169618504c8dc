/** The door to the network, in memory: listeners and the clients that dial them, without a socket. */
import { type Endpoint, ListenError, Listener, type ListenOptions } from "@ctid/core/connection/connection"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Scheduler } from "effect/Scheduler"
import { connectInMemory, type MemoryClient, type MemoryClientHandlers } from "./memory_connection.ts"

/** Nobody listens there. */
export class DialRefused extends Data.TaggedError("DialRefused")<{ readonly endpoint: Endpoint; readonly message: string }> {}

export interface MemoryListenerOptions {
  /** Bytes that the system holds for an end that does not read. Default 256 KiB. */
  readonly capacity?: number
  /** Bytes waiting above which `write` answers false. Default 16 KiB. */
  readonly highWater?: number
}

type Accept = Parameters<Listener["Service"]["listen"]>[1]

const nameOf = (endpoint: Endpoint): string => `${endpoint.address}:${endpoint.port}`

/** The network behind a memory listener: the clients' side of it. */
export class MemoryNetwork extends Context.Service<
  MemoryNetwork,
  {
    /** Connects to a listener of this network. `encrypted`: begins TLS at once. `from`: the client's address, else the listener's. */
    readonly dial: (
      endpoint: Endpoint,
      handlers: MemoryClientHandlers,
      options?: { readonly encrypted?: boolean; readonly from?: string }
    ) => Effect.Effect<MemoryClient, DialRefused>
    /** Ends when nothing moves any more: all that was written and may be read has been read. */
    readonly settled: Effect.Effect<void>
  }
>()("@ctid/simulator/MemoryNetwork") {}

const build = ({ capacity = 256 * 1024, highWater = 16 * 1024 }: MemoryListenerOptions) =>
  Effect.gen(function* () {
    const dispatcher = (yield* Scheduler).makeDispatcher()
    const context = yield* Effect.context<never>()
    const listeners = new Map<string, { readonly options: ListenOptions; readonly accept: Accept }>()
    let connections = 0
    let ports = 0
    let tasks = 0

    const schedule = (task: () => void): void => {
      tasks++
      dispatcher.scheduleTask(() => {
        // what a task wakes may look while it still runs
        try {
          task()
        } finally {
          tasks--
        }
      }, 0)
    }

    const open = (options: ListenOptions, accept: Accept): Effect.Effect<Endpoint, ListenError> =>
      Effect.suspend(() => {
        const endpoint = { address: options.address, port: options.port === 0 ? 20_000 + ++ports : options.port }
        if (listeners.has(nameOf(endpoint))) {
          const message = `${nameOf(endpoint)} is in use already`
          return Effect.fail(new ListenError({ ...endpoint, code: "EADDRINUSE", message }))
        }
        listeners.set(nameOf(endpoint), { options, accept })
        return Effect.succeed(endpoint)
      })

    const listener = Listener.of({
      listen: (options, accept) =>
        Effect.acquireRelease(open(options, accept), (endpoint) => Effect.sync(() => listeners.delete(nameOf(endpoint))))
    })

    const network = MemoryNetwork.of({
      dial: (endpoint, handlers, { encrypted = false, from = endpoint.address } = {}) =>
        Effect.suspend(() => {
          const found = listeners.get(nameOf(endpoint))
          if (found === undefined) {
            return Effect.fail(new DialRefused({ endpoint, message: `nobody listens on ${nameOf(endpoint)}` }))
          }
          const id = ++connections
          const { socketTimeout } = found.options
          return Effect.succeed(
            connectInMemory({
              id,
              peer: { address: from, port: 40_000 + id },
              local: endpoint,
              tls: found.options.tls ?? null,
              startTls: encrypted,
              socketTimeout: typeof socketTimeout === "number" ? () => socketTimeout : socketTimeout,
              capacity,
              highWater,
              accept: found.accept,
              client: handlers,
              schedule,
              run: (effect) => void Effect.runForkWith(context)(effect)
            })
          )
        }),
      settled: Effect.suspend(function settle(): Effect.Effect<void> {
        return tasks === 0 ? Effect.void : Effect.andThen(Effect.yieldNow, Effect.suspend(settle))
      })
    })

    return Context.make(Listener, listener).pipe(Context.add(MemoryNetwork, network))
  })

export const MemoryListener: {
  /** A network of its own, and the door to it. */
  readonly layer: (options?: MemoryListenerOptions) => Layer.Layer<Listener | MemoryNetwork>
} = {
  layer: (options = {}) => Layer.effectContext(build(options))
}
