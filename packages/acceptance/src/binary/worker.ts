/** A process of ours that obeys orders, and the way to give it some. */
import { type ChildProcess, fork } from "node:child_process"
import { within } from "./deadline.ts"

type Order<O> = { readonly id: number; readonly order: O }

type Answer<A> =
  | { readonly id: number; readonly answer: A }
  | { readonly id: number; readonly failure: string }
  | { readonly news: string }

/** The side of the process that obeys. `news`: says something unasked, a line of text. */
export const obeyOrders = <O, A>(obey: (order: O) => Promise<A>): { readonly news: (line: string) => void } => {
  const say = (answer: Answer<A>): void => {
    if (process.connected) process.send?.(answer)
  }
  process.on("message", (message) => {
    const { id, order } = message as Order<O> // whoever started this process is ours
    obey(order).then(
      (answer) => say({ id, answer }),
      (error: unknown) => say({ id, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    )
  })
  // who gives the orders is gone
  process.on("disconnect", () => process.exit(0))
  return { news: (line) => say({ news: line }) }
}

export class Worker<O, A> {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, { readonly resolve: (answer: A) => void; readonly reject: (error: Error) => void }>()
  readonly #name: string
  readonly ended: Promise<void>
  #next = 0
  #exit: string | null = null

  /** `script`: its compiled main. */
  constructor(name: string, script: string, onNews: (line: string) => void = () => {}) {
    this.#name = name
    this.#child = fork(script, { stdio: ["ignore", "inherit", "inherit", "ipc"] })
    this.#child.on("error", () => {})
    this.#child.on("message", (message) => {
      const answer = message as Answer<A> // the process is ours
      if ("news" in answer) return onNews(answer.news)
      const waiting = this.#waiting.get(answer.id)
      this.#waiting.delete(answer.id)
      if ("failure" in answer) waiting?.reject(new Error(`${name}: ${answer.failure}`))
      else waiting?.resolve(answer.answer)
    })
    this.ended = new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => {
        this.#exit = `${name} ended (${signal ?? `exit code ${code}`})`
        for (const { reject } of this.#waiting.values()) reject(new Error(this.#exit))
        this.#waiting.clear()
        resolve()
      })
    })
  }

  get isRunning(): boolean {
    return this.#exit === null
  }

  order(order: O, milliseconds: number, what: string): Promise<A> {
    if (this.#exit !== null) return Promise.reject(new Error(this.#exit))
    const id = ++this.#next
    const answer = new Promise<A>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    this.#child.send({ id, order } satisfies Order<O>)
    return within(milliseconds, `${this.#name}: ${what}`, answer).finally(() => this.#waiting.delete(id))
  }

  /** SIGKILL, as a power cut. */
  async kill(): Promise<void> {
    if (this.#exit === null) this.#child.kill("SIGKILL")
    await this.ended
  }
}
