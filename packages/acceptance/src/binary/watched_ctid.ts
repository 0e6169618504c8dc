/** `ctid serve` as people run it, in a process of its own, watched: its ports, its log, its memory, how it ends. */
import { type ChildProcess, execFile, fork } from "node:child_process"
import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { within } from "./deadline.ts"
import { type LogEntry, readLogLine } from "./log_entry.ts"
import type { ProbeAnswer } from "./probe.ts"

const binary = fileURLToPath(new URL("../../../server/bin/ctid.js", import.meta.url))
const probe = new URL("./probe.js", import.meta.url).href

/** Milliseconds for the first line that says that clients may come, and for the end after SIGTERM. */
const PATIENCE = 60_000
/** Milliseconds for an answer of the probe: a collection of a large heap on a busy machine. */
const PROBE_PATIENCE = 30_000

export interface Place {
  readonly address: string
  readonly port: number
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** Runs a command of the binary to its end; fails, with what it said, when that is not 0. */
export const runCommand = async (args: ReadonlyArray<string>): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, [binary, ...args])
  return stdout
}

const PORT_LINE = /^open: (\S+) (?:\[(.+)\]|([^:]+)):(\d+)$/

export class WatchedCtid {
  readonly pid: number
  /** Resolves when clients may come; fails when it ends before. */
  readonly ready: Promise<void>
  readonly ended: Promise<Ended>
  /** Fails when it ends without having been told to. */
  readonly died: Promise<never>
  readonly #child: ChildProcess
  readonly #ports = new Map<string, Place>()
  readonly #answers: Array<(answer: ProbeAnswer) => void> = []
  readonly #readers = new Set<(entry: LogEntry) => void>()
  #exit: Ended | null = null
  #mayEnd = false

  /** `file`: its `ctid.yml`, with `log: {format: json}`. */
  constructor(file: string, onLog: (entry: LogEntry) => void) {
    this.#readers.add(onLog)
    const child = fork(binary, ["serve", file], {
      execArgv: ["--expose-gc", "--import", probe],
      stdio: ["ignore", "pipe", "pipe", "ipc"]
    })
    this.#child = child
    this.pid = child.pid ?? 0
    child.on("message", (answer) => this.#answers.shift()?.(answer as ProbeAnswer)) // the probe is ours
    // it may be gone when it is asked something
    child.on("error", () => {})
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        this.#exit = { code, signal }
        resolve(this.#exit)
      })
    })
    const said = new Promise<void>((resolve) => {
      this.#lines(child.stdout, (line) => {
        const [, name, v6, v4, port] = PORT_LINE.exec(line) ?? []
        if (name !== undefined) this.#ports.set(name, { address: v6 ?? v4 ?? "", port: Number(port) })
        if (line.startsWith("ready: ")) resolve()
      })
    })
    this.#lines(child.stderr, (line) => {
      const entry = readLogLine(line)
      if (entry.message === "listening") this.#opened(entry)
      for (const reader of [...this.#readers]) reader(entry)
    })
    this.died = new Promise((_, reject) => {
      void this.ended.then(({ code, signal }) => {
        if (!this.#mayEnd) reject(new Error(`ctid ended by itself (${signal ?? `exit code ${code}`})`))
      })
    })
    this.ready = within(PATIENCE, "ctid is ready", Promise.race([said, this.died]))
    // whoever waits for them hears of it
    this.died.catch(() => {})
    this.ready.catch(() => {})
  }

  /** Where it listens now, by the names of the configuration. */
  get ports(): ReadonlyMap<string, Place> {
    return this.#ports
  }

  get isRunning(): boolean {
    return this.#exit === null
  }

  /** Waits for an entry of the log that is written from now on. */
  logs(what: string, milliseconds: number, wanted: (entry: LogEntry) => boolean): Promise<LogEntry> {
    let stop = (): void => {}
    const found = new Promise<LogEntry>((resolve) => {
      const reader = (entry: LogEntry): void => {
        if (wanted(entry)) resolve(entry)
      }
      this.#readers.add(reader)
      stop = () => this.#readers.delete(reader)
    })
    return within(milliseconds, `ctid logs ${what}`, found).finally(() => stop())
  }

  /** Its memory after a garbage collection. */
  memory(): Promise<ProbeAnswer> {
    if (this.#exit !== null) return Promise.reject(new Error("ctid has ended"))
    const answer = new Promise<ProbeAnswer>((resolve) => this.#answers.push(resolve))
    this.#child.send("memory")
    return within(PROBE_PATIENCE, "ctid says what memory it has", answer)
  }

  hangUp(): void {
    this.#child.kill("SIGHUP")
  }

  /** SIGTERM, and how it ended. */
  async terminate(): Promise<Ended> {
    this.#mayEnd = true
    this.#child.kill("SIGTERM")
    return within(PATIENCE, "ctid ends after SIGTERM", this.ended)
  }

  /** At once, wherever it is. */
  async kill(): Promise<void> {
    this.#mayEnd = true
    if (this.#exit === null) this.#child.kill("SIGKILL")
    await this.ended
  }

  #opened(entry: LogEntry): void {
    const name = entry.get("listener")
    if (name !== "") this.#ports.set(name, { address: entry.get("address"), port: Number(entry.get("port")) })
  }

  #lines(stream: Readable | null, onLine: (line: string) => void): void {
    if (stream !== null) createInterface({ input: stream }).on("line", onLine)
  }
}
