/** A manager port that lets everybody in and, when asked, says the events of a recorded queue call again and again. */
import { readFileSync } from "node:fs"
import { createServer, type Socket } from "node:net"
import { AmiDecoder, type AmiMessage } from "@ctid/ami"

export const DRIVERS = ["native", "asterisk-ami-client", "asterisk-ami-client, heard", "fromAmiClient"] as const
export type Driver = (typeof DRIVERS)[number]

/** How a load went for one driver. */
export interface DriverRun {
  /** Events that its session's handler was given. */
  readonly events: number
  /** Events that were sent and never came. */
  readonly lost: number
  /** From the request to the last event, in ms. */
  readonly elapsed: number
  /** CPU time of its process meanwhile, in ms. */
  readonly cpu: number
  /** How long after it was sent the last event was handled, in ms. */
  readonly behind: number
  /** The most CPU time that was used between two turns of its event loop, in ms. */
  readonly stall: number
}

const recorded = readFileSync(new URL("../testdata/queue_call.ami", import.meta.url))
const packets = new AmiDecoder({ greeting: false }).push(recorded)

/** Names of all recorded events and of the one that ends a load, in lower case. */
export const recordedNames: ReadonlySet<string> = new Set(["loaddone", ...packets.map(({ name }) => name.toLowerCase())])

/** The recorded packets as bytes, as many as asked for. */
const some = (count: number): Buffer => {
  const text = recorded.toString("latin1")
  const parts = text.split("\r\n\r\n").slice(0, packets.length)
  return Buffer.from(Array.from({ length: count }, (_, i) => `${parts[i % parts.length]}\r\n\r\n`).join(""), "latin1")
}

const CHUNK = packets.length * 10
const chunk = some(CHUNK)

/** Writes and waits until it has left: a slow reader slows the load, and then falls behind no further. */
const say = (socket: Socket, bytes: Buffer): Promise<void> =>
  new Promise((resolve) => {
    const taken = (): void => {
      socket.off("drain", taken).off("close", taken)
      resolve()
    }
    if (socket.write(bytes) || socket.destroyed) resolve()
    else socket.on("drain", taken).on("close", taken)
  })

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

const flood = async (socket: Socket, count: number): Promise<void> => {
  for (let left = count; left > 0; left -= CHUNK) await say(socket, left >= CHUNK ? chunk : some(left))
}

/** Asterisk does not wait for its reader. */
const pour = async (socket: Socket, count: number, perSecond: number): Promise<void> => {
  const start = performance.now()
  for (let sent = 0; sent < count; ) {
    const due = Math.min(count, Math.floor(((performance.now() - start) / 1000) * perSecond))
    if (due > sent) socket.write(some(due - sent))
    sent = Math.max(sent, due)
    await pause(5)
  }
}

const answer = async (socket: Socket, action: AmiMessage): Promise<void> => {
  const id = `ActionID: ${action.get("ActionID")}\r\n`
  if (action.name === "QueueStatus") {
    socket.write(
      `Response: Success\r\n${id}EventList: start\r\n\r\nEvent: QueueStatusComplete\r\n${id}EventList: Complete\r\n\r\n`
    )
    return
  }
  socket.write(`Response: Success\r\n${id}Challenge: 1\r\n\r\n`)
  if (action.name !== "Load") return
  const [count, perSecond] = [Number(action.get("Count")), Number(action.get("PerSecond"))]
  await (perSecond === 0 ? flood(socket, count) : pour(socket, count, perSecond))
  socket.write(`Event: LoadDone\r\nSentAt: ${Date.now()}\r\n\r\n`)
}

/** Serves until `close` is called. */
export const serveLoad = (): Promise<{ readonly port: number; readonly close: () => void }> =>
  new Promise((resolve) => {
    const server = createServer((socket) => {
      const decoder = new AmiDecoder({ greeting: false })
      socket.setNoDelay(true).write("Asterisk Call Manager/11.0.0\r\n")
      socket.on("error", () => socket.destroy())
      socket.on("data", (bytes: Buffer) => {
        for (const action of decoder.push(bytes)) void answer(socket, action)
      })
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve({ port: typeof address === "object" && address !== null ? address.port : 0, close: () => server.close() })
    })
  })
