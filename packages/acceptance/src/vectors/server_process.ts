/** The child process with the server under test, as the runner sees it. One serves many vectors, one after the other. */
import { type ChildProcess, fork } from "node:child_process"
import type { ChildAnswer, NumberedOrder, Order } from "./child_messages.ts"
import { RunFault } from "./run_fault.ts"

type Done = Extract<ChildAnswer, { readonly _tag: "Done" }>

/** Milliseconds for one order. Far more than any takes: only a server that hangs is so slow. */
const PATIENCE = 10_000

interface Waiting {
  readonly resolve: (answer: Done) => void
  readonly reject: (error: RunFault) => void
}

/** `script`: the compiled main of the child. */
export class ServerProcess {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #next = 0
  #exit: string | null = null
  #answered = false

  constructor(script: string) {
    this.#child = fork(script, { stdio: ["ignore", "inherit", "inherit", "ipc"], serialization: "json" })
    this.#child.on("message", (message) => this.#onAnswer(message as ChildAnswer)) // the child is ours
    this.#child.on("exit", (code, signal) => this.#onExit(`the server's process ended (${signal ?? `code ${code}`})`))
    this.#child.on("error", (error) => this.#onExit(error.message))
  }

  get alive(): boolean {
    return this.#exit === null
  }

  /** It ended before it did anything: another one would end likewise. */
  get stillborn(): string | null {
    return this.#answered ? null : this.#exit
  }

  order(order: Order): Promise<Done> {
    return new Promise((resolve, reject) => {
      if (this.#exit !== null) {
        reject(new RunFault(this.#exit))
        return
      }
      const id = ++this.#next
      const late = setTimeout(() => {
        this.#waiting.delete(id)
        reject(new RunFault(`the server did not answer ${order._tag} within ${PATIENCE / 1000} s`))
      }, PATIENCE)
      this.#waiting.set(id, {
        resolve: (answer) => {
          clearTimeout(late)
          resolve(answer)
        },
        reject: (error) => {
          clearTimeout(late)
          reject(error)
        }
      })
      const numbered: NumberedOrder = { id, order }
      this.#child.send(numbered)
    })
  }

  /** Ends the process. */
  kill(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#exit !== null) {
        resolve()
        return
      }
      this.#child.once("exit", () => resolve())
      this.#child.kill("SIGKILL")
    })
  }

  #onAnswer(answer: ChildAnswer): void {
    this.#answered = true
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (answer._tag === "Done") waiting?.resolve(answer)
    else waiting?.reject(new RunFault(answer.message))
  }

  #onExit(reason: string): void {
    this.#exit ??= reason
    const error = new RunFault(this.#exit)
    for (const waiting of this.#waiting.values()) waiting.reject(error)
    this.#waiting.clear()
  }
}
