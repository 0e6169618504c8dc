import { createServer, type Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { PortConnection } from "./port_connection.ts"

const withServer = async (
  answer: (socket: Socket, text: string) => void,
  use: (port: number) => Promise<void>
): Promise<void> => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setEncoding("utf8").on("data", (text: string) => answer(socket, text))
    socket.on("error", () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  try {
    await use(address === null || typeof address === "string" ? 0 : address.port)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

describe("a connection to a side port", () => {
  it("to the info port has its answer when each command has its status", () =>
    withServer(
      (socket, text) => {
        for (const command of text.split("\n").slice(0, -1)) socket.write(`${command} it is\nXIVO-INFO:OK\n`)
      },
      async (port) => {
        const connection = await PortConnection.open("info", port, 3)
        await connection.say("one\n\ntwo\n")
        assert.deepStrictEqual(connection.record.lines.slice(0, 2), ["one it is", "XIVO-INFO:OK"])
        assert.deepStrictEqual(connection.record.lines.at(-1), "XIVO-INFO:OK")
        assert.deepStrictEqual([connection.record.closed, connection.record.after], [false, 3])
        connection.destroy()
      }
    ))

  it("to the web interface has it when the server has closed", () =>
    withServer(
      (socket, text) => socket.end(`${text}\nlast`),
      async (port) => {
        const connection = await PortConnection.open("webi", port, 0)
        await connection.say("hello")
        assert.deepStrictEqual(connection.record, { port: "webi", after: 0, lines: ["hello", "last"], closed: true })
      }
    ))

  it("that the server leaves open is open, and closing it ourselves is no end of the server's", () =>
    withServer(
      () => {},
      async (port) => {
        const connection = await PortConnection.open("webi", port, 0)
        await connection.say("hello")
        assert.isFalse(connection.record.closed)
        connection.destroy()
        await new Promise((resolve) => setImmediate(resolve))
        assert.isFalse(connection.record.closed)
      }
    ))

  it("that nobody listens to is a fault", async () => {
    let refused = ""
    await withServer(
      () => {},
      async (port) => {
        refused = String(port)
      }
    )
    const outcome = await PortConnection.open("webi", Number(refused), 0).then(String, String)
    assert.match(outcome, /webi could not be opened/)
  })
})
