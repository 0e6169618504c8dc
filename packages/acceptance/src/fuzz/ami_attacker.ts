/** An Asterisk that cannot be trusted: in order until somebody has signed in, then it says anything. */
import { createServer, type Server, type Socket } from "node:net"
import { SimulatedAsterisk } from "@ctid/simulator"
import * as Effect from "effect/Effect"
import { pause } from "../binary/deadline.ts"
import type { FuzzCase } from "./fuzz_case.ts"
import { fuzzAsterisk } from "./fuzz_config.ts"

/** Milliseconds for the server to come back after it left. */
const PATIENCE = 5_000
/** What follows a login: from here on this Asterisk may be attacked with. */
const SIGNED_IN = "Authentication accepted"

export class AmiAttacker {
  readonly #server: Server
  readonly #asterisk: SimulatedAsterisk
  readonly #sockets = new Set<Socket>()
  #socket: Socket | null = null
  port = 0

  private constructor(asterisk: SimulatedAsterisk) {
    this.#asterisk = asterisk
    this.#server = createServer((socket) => this.#accept(socket))
  }

  static async start(): Promise<AmiAttacker> {
    const attacker = new AmiAttacker(await Effect.runPromise(SimulatedAsterisk.make(fuzzAsterisk)))
    await new Promise<void>((resolve) => attacker.#server.listen(0, "127.0.0.1", resolve))
    const address = attacker.#server.address()
    attacker.port = typeof address === "object" && address !== null ? address.port : 0
    return attacker
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on("error", () => {})
    const pipe = this.#asterisk.connect({
      onBytes: (bytes) => {
        // the Asterisk in memory may use its bytes again
        const copy = Buffer.from(bytes)
        if (socket.writable) socket.write(copy)
        if (copy.includes(SIGNED_IN)) this.#socket = socket
      },
      onClose: () => socket.end()
    })
    socket.on("data", (bytes) => pipe.write(bytes))
    socket.on("close", () => {
      this.#sockets.delete(socket)
      if (this.#socket === socket) this.#socket = null
      pipe.close()
    })
  }

  /** Says it to the server, as soon as that is signed in. */
  async attack({ steps }: FuzzCase): Promise<void> {
    for (let waited = 0; this.#socket === null && waited < PATIENCE; waited += 20) await pause(20)
    const socket = this.#socket
    for (const step of steps) {
      if (socket === null || socket.destroyed) return
      if (step._tag === "Write") socket.write(step.bytes)
      else if (step._tag === "Pause") await pause(step.milliseconds)
    }
  }

  /** Ends the link, so that the next one begins in order. */
  cut(): void {
    this.#socket?.destroy()
    this.#socket = null
  }

  stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    return closed
  }
}
