/** Runs the built binary in a process of its own, for tests. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

const binary = fileURLToPath(new URL("../bin/ctid.js", import.meta.url))

/** Milliseconds after which a process that should have ended, or said something, is a failure. */
const DEADLINE = 15_000

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface CtidProcess {
  readonly pid: number
  readonly kill: (signal: NodeJS.Signals) => void
  /** Closes our ends of its output and its log. */
  readonly stopReading: () => void
  readonly stdout: () => string
  readonly stderr: () => string
  /** Waits until standard output matches. */
  readonly said: (pattern: RegExp) => Effect.Effect<RegExpMatchArray>
  /** The same for standard error. */
  readonly logged: (pattern: RegExp) => Effect.Effect<RegExpMatchArray>
  readonly ended: Effect.Effect<Ended>
}

const within = <A>(what: () => string, effect: Effect.Effect<A>): Effect.Effect<A> =>
  Effect.timeoutOrElse(effect, {
    duration: DEADLINE,
    orElse: () => Effect.die(new Error(`not within ${DEADLINE} ms: ${what()}`))
  })

/** Starts `ctid`; the scope's end kills it if it still runs. */
export const startCtid = (
  args: ReadonlyArray<string>,
  options: { readonly cwd?: string; readonly input?: string } = {}
): Effect.Effect<CtidProcess, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => follow(spawn(process.execPath, [binary, ...args], { cwd: options.cwd }), args, options.input)),
    (running) => Effect.sync(() => running.kill("SIGKILL"))
  )

const follow = (child: ChildProcessWithoutNullStreams, args: ReadonlyArray<string>, input: string | undefined): CtidProcess => {
  let stdout = ""
  let stderr = ""
  let ended: Ended | null = null
  const watchers = new Set<() => void>()
  const changed = (): void => {
    for (const watcher of [...watchers]) watcher()
  }
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
    changed()
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
    changed()
  })
  child.on("close", (code, signal) => {
    ended = { code, signal, stdout, stderr }
    changed()
  })
  // A process that ends without reading is no error here.
  child.stdin.on("error", () => {})
  child.stdin.end(input ?? "")

  const until = <A>(what: string, look: () => A | null): Effect.Effect<A> =>
    within(
      () => `ctid ${args.join(" ")}: ${what}\nstdout: ${stdout}\nstderr: ${stderr}`,
      Effect.callback<A>((resume) => {
        const check = (): void => {
          const found = look()
          if (found === null) return
          watchers.delete(check)
          resume(Effect.succeed(found))
        }
        watchers.add(check)
        check()
        return Effect.sync(() => watchers.delete(check))
      })
    )
  return {
    pid: child.pid ?? 0,
    kill: (signal) => {
      if (ended === null) child.kill(signal)
    },
    stopReading: () => {
      child.stdout.destroy()
      child.stderr.destroy()
    },
    stdout: () => stdout,
    stderr: () => stderr,
    said: (pattern) => until(`says ${pattern}`, () => stdout.match(pattern)),
    logged: (pattern) => until(`logs ${pattern}`, () => stderr.match(pattern)),
    ended: until("ends", () => ended)
  }
}

/** Runs `ctid` to its end. */
export const runCtid = (
  args: ReadonlyArray<string>,
  options: { readonly cwd?: string; readonly input?: string } = {}
): Effect.Effect<Ended> => Effect.scoped(Effect.flatMap(startCtid(args, options), (running) => running.ended))
