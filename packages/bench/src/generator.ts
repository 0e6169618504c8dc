/** The clients: one plain Node process with all the sockets, told by the bench what to do. */
import { connect, type Socket } from "node:net"
import type { GeneratorReport, GeneratorRequest } from "./children.ts"
import { loginOf, PASSWORD } from "./people.ts"

const LINE_FEED = 10
/** Logins under way at once. */
const CONCURRENT = 50

interface Client {
  readonly socket: Socket
  onLines: (count: number) => void
}

const clients: Array<Client> = []
let heard = 0
let onHeard: (() => void) | null = null

const linesIn = (chunk: Uint8Array): number => {
  let count = 0
  for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) count++
  return count
}

const open = (port: number): Promise<Client> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true })
    const client: Client = {
      socket,
      onLines: (count) => {
        heard += count
        onHeard?.()
      }
    }
    socket.once("connect", () => resolve(client))
    socket.once("error", reject)
    socket.on("data", (chunk) => client.onLines(linesIn(chunk)))
  })

const line = (message: object): string => `${JSON.stringify(message)}\n`

/** Sends and waits for one line. */
const ask = (client: Client, text: string): Promise<void> =>
  new Promise((resolve) => {
    const before = client.onLines
    client.onLines = () => {
      client.onLines = before
      resolve()
    }
    client.socket.write(text)
  })

const signIn = async (client: Client, n: number): Promise<void> => {
  await ask(
    client,
    line({ class: "login_id", userlogin: loginOf(n), company: "xivo", ident: "bench", wazoversion: "2.3", commandid: 1 })
  )
  await ask(client, line({ class: "login_pass", password: PASSWORD, commandid: 2 }))
  await ask(client, line({ class: "login_capas", capaid: "1", state: "available", commandid: 3 }))
}

const openAll = async (port: number, count: number, login: boolean): Promise<void> => {
  let next = 0
  const first = clients.length
  const worker = async (): Promise<void> => {
    while (next < count) {
      const n = first + next++
      const client = await open(port)
      clients[n] = client
      if (login) await signIn(client, n)
    }
  }
  await Promise.all(Array.from({ length: Math.min(CONCURRENT, count) }, worker))
}

/** Waits until no line has come for a while: login broadcasts have arrived. */
const quiet = async (): Promise<void> => {
  for (let before = -1; before !== heard; ) {
    before = heard
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
}

const hear = (lines: number): Promise<void> =>
  new Promise((resolve) => {
    heard = 0
    onHeard = () => {
      if (heard < lines) return
      onHeard = null
      resolve()
    }
  })

const micros = (since: bigint): number => Number(process.hrtime.bigint() - since) / 1000

/** Each client asks, waits for its answer, asks again. */
const requests = async (total: number): Promise<GeneratorReport> => {
  const text = line({ class: "keepalive", commandid: 77 })
  let left = total
  const start = process.hrtime.bigint()
  await Promise.all(
    clients.map(async (client) => {
      while (left-- > 0) await ask(client, text)
    })
  )
  return { elapsed: micros(start), messages: total }
}

const changeLine = (n: number): string =>
  line({ class: "availstate", availstate: n % 2 === 0 ? "away" : "available", ipbxid: "xivo", userid: "1", commandid: n + 1 })

const publisher = (): Socket => {
  const [first] = clients
  if (first === undefined) throw new Error("no clients")
  return first.socket
}

/** One change, heard by everybody who may, then the next. */
const paced = async (changes: number, hearers: number): Promise<GeneratorReport> => {
  const latencies: Array<number> = []
  const start = process.hrtime.bigint()
  for (let n = 0; n < changes; n++) {
    const sent = process.hrtime.bigint()
    const all = hear(hearers)
    publisher().write(changeLine(n))
    await all
    latencies.push(micros(sent))
  }
  const elapsed = micros(start)
  return { elapsed, messages: changes * hearers, latencies }
}

/** Changes written back to back; the time until all were heard by all. */
const burst = async (changes: number, hearers: number): Promise<GeneratorReport> => {
  const start = process.hrtime.bigint()
  const all = hear(changes * hearers)
  for (let n = 0; n < changes; n++) publisher().write(changeLine(n))
  await all
  return { elapsed: micros(start), messages: changes * hearers }
}

const run = async (request: GeneratorRequest): Promise<GeneratorReport> => {
  const { port = 0, count = 0, changes = 0, hearers = 0 } = request
  switch (request.task) {
    case "connect":
    case "login": {
      const start = process.hrtime.bigint()
      await openAll(port, count, request.task === "login")
      const elapsed = micros(start)
      await quiet()
      return { elapsed, messages: count }
    }
    case "requests":
      return requests(count)
    case "paced":
      return paced(changes, hearers)
    case "burst":
      return burst(changes, hearers)
    case "close": {
      for (const { socket } of clients.splice(0)) socket.destroy()
      return { elapsed: 0, messages: 0 }
    }
  }
}

process.on("message", (request: GeneratorRequest) => {
  run(request).then(
    (report) => process.send?.(report),
    (error: unknown) => process.send?.({ elapsed: 0, messages: 0, error: String(error) })
  )
})
process.on("disconnect", () => process.exit(0))
process.send?.({ elapsed: 0, messages: 0 })
