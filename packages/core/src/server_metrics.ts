/** Counters of a running server, updated from callbacks. */
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"

const connections = Metric.gauge("ctid_connections", { description: "Open client connections" })
const logins = Metric.counter("ctid_logins", { description: "Successful logins", incremental: true })
const refused = Metric.counter("ctid_logins_refused", { description: "Refused logins", incremental: true })
const faults = Metric.counter("ctid_bad_input", {
  description: "Connections closed for bad input, by reason",
  incremental: true
})
const ignored = Metric.counter("ctid_ignored_commands", { description: "Lines that were ignored", incremental: true })
const slow = Metric.counter("ctid_slow_clients", {
  description: "Connections ended because the client did not read",
  incremental: true
})
const full = Metric.counter("ctid_connections_refused", {
  description: "Connections over a limit, by reason",
  incremental: true
})

export interface ServerMetrics {
  readonly connections: (open: number) => void
  readonly login: () => void
  readonly loginRefused: () => void
  readonly fault: (reason: string) => void
  readonly ignored: () => void
  readonly slowClient: () => void
  readonly connectionRefused: (reason: string) => void
}

export const makeServerMetrics = (context: Context.Context<never>): ServerMetrics => ({
  connections: (open) => connections.updateUnsafe(open, context),
  login: () => logins.updateUnsafe(1, context),
  loginRefused: () => refused.updateUnsafe(1, context),
  fault: (reason) => Metric.withAttributes(faults, { reason }).updateUnsafe(1, context),
  ignored: () => ignored.updateUnsafe(1, context),
  slowClient: () => slow.updateUnsafe(1, context),
  connectionRefused: (reason) => Metric.withAttributes(full, { reason }).updateUnsafe(1, context)
})
