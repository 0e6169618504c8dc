/** The processes of a bench run, and what is said between them. */
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"

/** What a server may be asked by the bench. */
export type ServerRequest = "cpu" | "memory" | "stop"

/** Microseconds of CPU (user and system), or bytes held after a garbage collection. */
export interface ServerReport {
  readonly port?: number
  readonly cpu?: number
  readonly heap?: number
  readonly external?: number
  readonly rss?: number
}

export interface GeneratorRequest {
  readonly task: "connect" | "login" | "requests" | "paced" | "burst" | "close"
  readonly port?: number
  /** Clients to open, or requests in all. */
  readonly count?: number
  /** How many changes. */
  readonly changes?: number
  /** Clients that hear one change. */
  readonly hearers?: number
}

export interface GeneratorReport {
  readonly error?: string
  /** Microseconds, wall clock. */
  readonly elapsed: number
  readonly messages: number
  /** Microseconds, wall clock, of each message; absent where they say nothing. */
  readonly latencies?: ReadonlyArray<number>
}

/** A child process that answers one message with one message, in order. */
export class Child {
  readonly #process: ChildProcess
  readonly #waiting: Array<{ resolve: (message: unknown) => void; reject: (error: Error) => void }> = []
  readonly ready: Promise<unknown>

  constructor(file: string, args: ReadonlyArray<string> = []) {
    this.#process = fork(fileURLToPath(new URL(`./${file}.js`, import.meta.url)), [...args], {
      execArgv: ["--expose-gc"],
      stdio: ["ignore", "inherit", "inherit", "ipc"]
    })
    this.#process.on("message", (message) => this.#waiting.shift()?.resolve(message))
    this.#process.on("exit", (code) => {
      for (const one of this.#waiting.splice(0)) one.reject(new Error(`${file} ended with ${code}`))
    })
    this.ready = this.#next()
  }

  ask<A>(message: ServerRequest | GeneratorRequest): Promise<A> {
    const answer = this.#next()
    this.#process.send(message)
    return answer as Promise<A> // the pair of message types is agreed upon above
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return
    const gone = new Promise<void>((resolve) => this.#process.once("exit", () => resolve()))
    this.#process.kill()
    await gone
  }

  #next(): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }
}

/** In a child: tells the bench a port and answers its questions. */
export const serveBench = (port: number): void => {
  const send = (report: ServerReport): void => {
    process.send?.(report)
  }
  process.on("message", (request: ServerRequest) => {
    if (request === "cpu") {
      const { user, system } = process.cpuUsage()
      send({ cpu: user + system })
    } else if (request === "memory") {
      for (let i = 0; i < 4; i++) globalThis.gc?.()
      const { heapUsed, external, rss } = process.memoryUsage()
      send({ heap: heapUsed, external, rss })
    }
  })
  process.on("disconnect", () => process.exit(0))
  send({ port })
}
