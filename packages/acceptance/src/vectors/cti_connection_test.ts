import { createServer, type Server, type Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { CtiConnection, type CtiPort } from "./cti_connection.ts"

/** A server that answers each line with what `answer` says. */
const serving = async (
  answer: (line: string, socket: Socket) => string,
  use: (port: CtiPort) => Promise<void>
): Promise<void> => {
  const server: Server = createServer((socket) => {
    socket.setEncoding("utf8")
    socket.on("error", () => {})
    let pending = ""
    socket.on("data", (text) => {
      const lines = (pending + String(text)).split("\n")
      pending = lines.pop() ?? ""
      for (const line of lines) socket.write(answer(line, socket))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  try {
    await use({ port: typeof address === "object" && address !== null ? address.port : 0, over: "clear", ca: "" })
  } finally {
    server.close()
  }
}

const echoIds = (line: string): string => {
  const { commandid } = JSON.parse(line) as { readonly commandid?: number } // our own lines
  return `{"class":"getipbxlist","replyid":${commandid}}\n`
}

describe("a client's connection", () => {
  it("records messages with the moment at which they came, and forgets them", () =>
    serving(
      (line) => `{"class":"answer","to":${line}}\n`,
      async (port) => {
        let after = 0
        const connection = await CtiConnection.open("cti:42", port, () => ({ after, setup: false }))
        connection.send({ class: "a" })
        await connection.reply("answer")
        after = 1
        connection.write(Buffer.from('{"class":'))
        connection.write(Buffer.from('"b"}\n'))
        assert.deepInclude(connection.record.received[0], { message: { class: "answer", to: { class: "a" } }, after: 0 })
        connection.forget()
        assert.deepStrictEqual((await connection.reply("answer")).to, { class: "b" })
        assert.strictEqual(connection.record.received[0]?.after, 1)
        await connection.close()
        assert.isFalse(connection.record.closed)
      }
    ))

  it("asks the barrier's question only of a server that would answer, and records no answer to it", () =>
    serving(
      (line) => (line.includes("login_capas") ? '{"class":"login_capas"}\n{"class":"x"}\n' : echoIds(line)),
      async (port) => {
        const connection = await CtiConnection.open("cti:42", port, () => ({ after: 0, setup: false }))
        await connection.barrier()
        assert.isFalse(connection.record.session)
        connection.send({ class: "login_capas" })
        await connection.reply("login_capas")
        await connection.barrier()
        assert.isTrue(connection.record.session)
        assert.deepStrictEqual(
          connection.record.received.map(({ message }) => message.class),
          ["login_capas", "x"]
        )
        connection.write(Buffer.from('{"half":'))
        await connection.barrier()
        connection.write(Buffer.from("1}\n"))
        connection.send({ class: "logout" })
        await connection.barrier()
        assert.isFalse(connection.record.session)
        connection.destroy()
      }
    ))

  it("notices that the server closed, and that it talks nonsense", () =>
    serving(
      (_, socket) => {
        socket.end("nonsense\n")
        return ""
      },
      async (port) => {
        const connection = await CtiConnection.open("cti:new", port, () => ({ after: 0, setup: false }))
        connection.send({ class: "a" })
        const missing = await connection.reply("a").catch((error: Error) => error.message)
        assert.strictEqual(missing, "cti:new was closed before a")
        assert.isTrue(connection.record.closed)
        assert.match(connection.fault?.message ?? "", /no JSON object: nonsense/)
      }
    ))
})
