import { connect } from "node:net"
import { until } from "@ctid/testing/contracts/contract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { NodeListener } from "./node_listener.ts"
import { type BytePeer, type BytePeerHandlers, serveBytes } from "./serve_bytes.ts"

/** Greets, echoes, and hangs up when told so. */
const conversation = ({ onBytes, onClose }: BytePeerHandlers): BytePeer => {
  onBytes(Buffer.from("hello\n"))
  return {
    write: (bytes) => {
      if (Buffer.from(bytes).toString() === "bye\n") onClose()
      else onBytes(bytes)
    },
    close: onClose
  }
}

const dial = (port: number) => {
  const socket = connect({ host: "127.0.0.1", port })
  let text = ""
  socket.on("error", () => {})
  socket.on("data", (chunk) => {
    text += chunk.toString()
  })
  return { socket, text: () => text, closed: () => socket.closed }
}

describe("a peer in memory on a port", () => {
  it.live("greets, hears and answers, each connection on its own", () =>
    Effect.gen(function* () {
      const { port } = yield* serveBytes(conversation)
      const first = dial(port)
      const second = dial(port)
      first.socket.write("one\n")
      second.socket.write("two\n")
      yield* until("both are answered", () => first.text() === "hello\none\n" && second.text() === "hello\ntwo\n")
      first.socket.write("bye\n")
      yield* until("the first is hung up on", first.closed)
      assert.isFalse(second.closed())
    }).pipe(Effect.provide(NodeListener.layer))
  )

  it.live("is told of a client that leaves", () =>
    Effect.gen(function* () {
      let closed = 0
      const { port } = yield* serveBytes((handlers) => ({
        write: handlers.onBytes,
        close: () => {
          closed++
          handlers.onClose()
        }
      }))
      const client = dial(port)
      client.socket.end("x")
      yield* until("the peer is told", () => closed === 1)
    }).pipe(Effect.provide(NodeListener.layer))
  )

  it.live("ends with its scope, its connections too", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { port } = yield* Scope.provide(serveBytes(conversation), scope)
      const client = dial(port)
      yield* until("the greeting", () => client.text() === "hello\n")
      yield* Scope.close(scope, Exit.void)
      yield* until("the connection is closed", client.closed)
      const late = dial(port)
      yield* until("a new one is refused", late.closed)
      assert.strictEqual(late.text(), "")
    }).pipe(Effect.provide(NodeListener.layer))
  )
})
