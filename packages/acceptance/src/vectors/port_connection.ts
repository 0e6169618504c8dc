/** A connection to a side port as a vector sees it: a text out, lines in. */
import { connect, type Socket } from "node:net"
import type { PortRecord } from "@ctid/testing/vectors/recording"
import type { PortName } from "@ctid/testing/vectors/vector_send"
import { RunFault } from "./run_fault.ts"

/** Milliseconds for an answer, or an end. Only what says nothing, and stays open, takes so long. */
const PATIENCE = 2_000

/** The status line after each command of the info port. */
const STATUS = /^XIVO-INFO:(OK|KO)$/

export class PortConnection {
  readonly #port: PortName
  readonly #after: number
  readonly #socket: Socket
  #text = ""
  #ended = false
  #closedByUs = false
  #changed: () => void = () => {}

  private constructor(port: PortName, after: number, socket: Socket) {
    this.#port = port
    this.#after = after
    this.#socket = socket
    socket.setNoDelay(true).setEncoding("utf8")
    socket.on("data", (text: string) => {
      this.#text += text
      this.#changed()
    })
    socket.on("close", () => {
      this.#ended = true
      this.#changed()
    })
    // an end with an error is an end: `close` follows
    socket.on("error", () => {})
  }

  /** `after`: how many sends are over. */
  static open(name: PortName, port: number, after: number): Promise<PortConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port })
      const refused = (error: Error): void => reject(new RunFault(`${name} could not be opened: ${error.message}`))
      socket.once("error", refused)
      socket.once("connect", () => {
        socket.off("error", refused)
        resolve(new PortConnection(name, after, socket))
      })
    })
  }

  get record(): PortRecord {
    return { port: this.#port, after: this.#after, lines: this.#lines(), closed: this.#ended && !this.#closedByUs }
  }

  /** Counts what was heard. */
  get activity(): number {
    return this.#text.length + (this.#ended ? 1 : 0)
  }

  /** Ends when all its commands are answered, or the server has closed, or has had its time. */
  say(text: string): Promise<void> {
    const commands = text.split("\n").filter((line) => line.trim() !== "").length
    const answered = (): boolean =>
      this.#ended || (this.#port === "info" && this.#lines().filter((line) => STATUS.test(line)).length >= commands)
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(late)
        this.#changed = () => {}
        resolve()
      }
      const late = setTimeout(finish, PATIENCE)
      this.#changed = () => {
        if (answered()) finish()
      }
      this.#socket.write(text)
    })
  }

  destroy(): void {
    this.#closedByUs = true
    this.#socket.destroy()
  }

  #lines(): ReadonlyArray<string> {
    const lines = this.#text.split("\n")
    return lines.at(-1) === "" ? lines.slice(0, -1) : lines
  }
}
