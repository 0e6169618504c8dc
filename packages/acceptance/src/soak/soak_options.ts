/** The command line of a soak. */
import { readArgs, UsageError } from "../binary/command_line.ts"
import { COMPANY } from "./population.ts"

export interface SoakOptions {
  /** Of work, after everybody has signed in and before everything is compared. */
  readonly seconds: number
  readonly clients: number
  readonly seed: string
  readonly loginsPerSecond: number
  readonly actsPerSecond: number
  /** A file that gets the report between its marks; null: none. */
  readonly report: string | null
}

export const USAGE = `usage: npm run soak -- --seconds N [--clients 5000] [--seed TEXT] [--logins 100] [--acts 100] [--report FILE]

Runs the binary with so many clients in companies of ${COMPANY}, each of which sees only itself: a third in clear, a third by STARTTLS, a third
by CTIS. They change their presences, lose their connections and come back; meanwhile a simulated Asterisk is killed and started three
times, a bad and a good configuration are read, a certificate is replaced. Then everybody's view is compared with what the server
tells a new client.

  --seconds   how long they work; to sign in before that, and to compare afterwards, takes its own time
  --clients   a multiple of ${COMPANY}
  --seed      what is chosen by chance follows from it
  --logins    sign-ins a second at most
  --acts      what all clients together do in a second
  --report    writes the report into this file, between <!-- soak --> and <!-- end -->

Exit code: 0 nothing was wrong, 1 something was, 2 it cannot be run.`

const positive = (name: string, text: string, least: number): number => {
  const value = Number(text)
  if (!Number.isFinite(value) || value < least) throw new UsageError(`--${name}: found ${text}, expected ${least} or more`)
  return value
}

/** Null: help is asked for. Throws `UsageError`. */
export const readOptions = (args: ReadonlyArray<string>): SoakOptions | null => {
  const values = readArgs(args, {
    seconds: { type: "string" },
    clients: { type: "string", default: "5000" },
    seed: { type: "string" },
    logins: { type: "string", default: "100" },
    acts: { type: "string", default: "100" },
    report: { type: "string" },
    help: { type: "boolean", default: false }
  })
  if (values.help) return null
  if (values.seconds === undefined) throw new UsageError("--seconds is missing")
  const clients = positive("clients", values.clients, COMPANY)
  if (clients % COMPANY !== 0) throw new UsageError(`--clients: found ${clients}, expected a multiple of ${COMPANY}`)
  return {
    seconds: positive("seconds", values.seconds, 10),
    clients,
    seed: values.seed ?? String(Date.now() % 1_000_000),
    loginsPerSecond: positive("logins", values.logins, 1),
    actsPerSecond: positive("acts", values.acts, 1),
    report: values.report ?? null
  }
}
