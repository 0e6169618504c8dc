/**
 * A network between a client and a port of this machine: it cuts what the port says into pieces, goes deaf, and
 * breaks.
 */
import { connect, createServer, type Socket } from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

export interface CuttingNetwork {
  /** On 127.0.0.1: clients connect here. */
  readonly port: number
  /** All connections break, and nothing listens. */
  readonly down: Effect.Effect<void>
  /** It works again. */
  readonly up: Effect.Effect<void>
  /** It takes connections and bytes, and hands on nothing. */
  readonly freeze: Effect.Effect<void>
  /** It hands on what it has taken, and all that follows. */
  readonly thaw: Effect.Effect<void>
}

/** Bytes of the pieces, in turns: those that split a line end, a name, a character; and some that hold many packets. */
const SIZES = [1, 2, 3, 1, 1000, 7, 65_536, 1, 40_000, 13, 5, 2]

/** Bytes that wait to be handed on; beyond them the port is read no further. */
const MOST = 1024 * 1024

/**
 * Hands on whole TLS records, each in one write: Asterisk 22 closes a connection on which it finds the beginning of one and not yet its end.
 */
const inRecords = (write: (record: Buffer) => void): ((bytes: Buffer) => void) => {
  let rest: Buffer = Buffer.alloc(0)
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt16BE(3)) {
      const end = 5 + rest.readUInt16BE(3)
      write(rest.subarray(0, end))
      rest = rest.subarray(end)
    }
  }
}

/** One connection through the network. */
class Line {
  readonly #client: Socket
  readonly #server: Socket
  readonly #frozen: () => boolean
  #waiting: Array<Buffer> = []
  #bytes = 0
  #piece = 0
  #pumping = false
  #ended = false

  constructor(client: Socket, server: Socket, encrypted: boolean, frozen: () => boolean) {
    this.#client = client.setNoDelay(true)
    this.#server = server.setNoDelay(true)
    this.#frozen = frozen
    const write = (bytes: Buffer): void => void server.write(bytes)
    client.on("data", encrypted ? inRecords(write) : write)
    server.on("data", (bytes) => this.#take(bytes))
    server.on("end", () => {
      this.#ended = true
      this.#pump()
    })
    for (const socket of [client, server]) socket.on("error", () => this.cut())
    client.on("close", () => this.cut())
    server.on("close", (broken) => {
      if (broken) this.cut()
    })
    this.resume()
  }

  /** Both ends are gone. */
  cut(): void {
    this.#client.destroy()
    this.#server.destroy()
  }

  pause(): void {
    this.#client.pause()
  }

  resume(): void {
    if (this.#frozen()) {
      this.pause()
      return
    }
    this.#client.resume()
    this.#pump()
  }

  #take(bytes: Buffer): void {
    this.#waiting.push(bytes)
    this.#bytes += bytes.length
    if (this.#bytes > MOST) this.#server.pause()
    this.#pump()
  }

  /** One piece in each turn of the event loop, so that each is read by itself. */
  #pump(): void {
    if (this.#pumping || this.#frozen() || this.#client.destroyed) return
    const [first] = this.#waiting
    if (first === undefined) {
      if (this.#ended) this.#client.end()
      return
    }
    const size = SIZES[this.#piece++ % SIZES.length] ?? 1
    if (size < first.length) this.#waiting[0] = first.subarray(size)
    else this.#waiting.shift()
    const piece = first.subarray(0, size)
    this.#bytes -= piece.length
    if (this.#bytes <= MOST) this.#server.resume()
    this.#pumping = true
    const next = (): void => {
      this.#pumping = false
      this.#pump()
    }
    if (this.#client.write(piece)) setImmediate(next)
    else this.#client.once("drain", next)
  }
}

/** Leads to a port of 127.0.0.1, until the scope ends. `encrypted`: TLS from the first byte. */
export const makeCuttingNetwork = (to: number, encrypted: boolean): Effect.Effect<CuttingNetwork, never, Scope.Scope> =>
  Effect.gen(function* () {
    const lines = new Set<Line>()
    let frozen = false
    const server = createServer((client) => {
      const line = new Line(client, connect(to, "127.0.0.1"), encrypted, () => frozen)
      lines.add(line)
      client.on("close", () => lines.delete(line))
    })
    const listen = (port: number) =>
      Effect.callback<number>((resume) => {
        server.listen(port, "127.0.0.1", () => {
          const address = server.address()
          resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
        })
      })
    const down = Effect.callback<void>((resume) => {
      server.close(() => resume(Effect.void))
      for (const line of lines) line.cut()
    })
    const thaw = Effect.sync(() => {
      frozen = false
      for (const line of lines) line.resume()
    })
    const port = yield* Effect.acquireRelease(listen(0), () => down)
    return {
      port,
      down,
      up: Effect.andThen(
        thaw,
        Effect.suspend(() => listen(port))
      ).pipe(Effect.asVoid),
      freeze: Effect.sync(() => {
        frozen = true
        for (const line of lines) line.pause()
      }),
      thaw
    }
  })
