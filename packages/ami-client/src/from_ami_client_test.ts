import type { AmiMessage } from "@ctid/ami/ami_message"
import { AmiTransport, type AmiTransportError } from "@ctid/ami/ami_transport"
import { NodeListener } from "@ctid/platform-node/node_listener"
import { packet, ScriptedManager } from "@ctid/testing/contracts/ami_transport_contract_peer"
import { until } from "@ctid/testing/contracts/contract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { servePort } from "../test/served_port.ts"
import type { AmiClientOptions, AmiClientPacket } from "./ami_client_like.ts"
import { type FromAmiClientOptions, fromAmiClient } from "./from_ami_client.ts"
import { loadAmiClient } from "./supported_client.ts"

/** A program's client, connected, and a wire over it. */
const borrow = (manager: ScriptedManager, clientOptions: AmiClientOptions = {}, options: FromAmiClientOptions = {}) =>
  Effect.gen(function* () {
    const { port } = yield* servePort(manager.script)
    const AmiClient = yield* loadAmiClient
    const client = new AmiClient(clientOptions)
    const connect = Effect.promise(() => client.connect("owner", "owner-secret", { host: "127.0.0.1", port }))
    yield* connect
    yield* Effect.addFinalizer(() => Effect.sync(() => void client.disconnect()))
    const transport = yield* AmiTransport.pipe(Effect.provide(fromAmiClient(client, options)))
    const messages: Array<AmiMessage> = []
    const ends: Array<AmiTransportError | null> = []
    const open = transport.open({ onMessages: (some) => messages.push(...some), onClose: (error) => ends.push(error) })
    return { client, connect, transport, open, messages, ends }
  })

const quiet = Layer.merge(NodeListener.layer, Logger.layer([]))

describe("a wire over a program's own AmiClient", () => {
  it.live("says that somebody else has signed in, and knows no greeting", () =>
    Effect.gen(function* () {
      const { open, transport } = yield* borrow(new ScriptedManager(), {}, { label: "ami://pbx:5038" })
      const wire = yield* open
      assert.deepStrictEqual([wire.authenticated, wire.greeting, transport.label], [true, "", "ami://pbx:5038"])
    }).pipe(Effect.provide(quiet))
  )

  it.live("refuses what is not one action with an ActionID, before the client sees it", () =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { open } = yield* borrow(manager)
      const wire = yield* open
      const before = manager.actions.length
      for (const text of [
        "Action: Ping\r\n\r\n",
        "Action: Ping\r\nActionID: 1\r\n\r\nAction: Hangup\r\nActionID: 2\r\n\r\n",
        "Action: Ping\r\nActionID: 1\r\nActionID: 2\r\n\r\n",
        "Action: DBPut\r\nVal: a\nAction: Hangup\r\nActionID: 1\r\n\r\n",
        "Action: DBPut\r\nVal: a\rb\r\nActionID: 1\r\n\r\n",
        "Action: DBPut\r\nVal: a\0\r\nActionID: 1\r\n\r\n",
        "Action: Ping\r\nActionID: 1"
      ]) {
        const error = yield* Effect.flip(wire.write(new TextEncoder().encode(text)))
        assert.include(error.message, "an action was not sent", text)
      }
      yield* wire.write(packet("Action: Ping", "ActionID: mine"))
      yield* until("the good one", () => manager.actions.length > before)
      assert.strictEqual(manager.actions[before]?.get("ActionID"), "mine")
    }).pipe(Effect.provide(quiet))
  )

  it.live("leaves the program its own actions and events", () =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      manager.answer = (action) => (action.name === "DBGet" ? [["Response: Success", `Val: ${action.get("Key")}`]] : null)
      const { client, open, messages } = yield* borrow(manager)
      const events: Array<AmiClientPacket> = []
      client.on("Hangup", (event) => events.push(event))
      const wire = yield* open
      const answer = yield* Effect.promise(
        async () => (await client.action({ Action: "DBGet", Key: "k", ActionID: "theirs" }, true)) as AmiClientPacket
      )
      assert.strictEqual(answer.Val, "k")
      manager.say(packet("Event: Hangup", "Cause: 16"))
      yield* until("the event, here too", () => messages.some((message) => message.name === "Hangup"))
      assert.deepStrictEqual(events, [{ Event: "Hangup", Cause: "16" }])
      wire.close()
      manager.say(packet("Event: Hangup", "Cause: 17"))
      yield* until("the event, there only", () => events.length === 2)
      assert.lengthOf(
        messages.filter((message) => message.name === "Hangup"),
        1
      )
      assert.isTrue(client.isConnected)
    }).pipe(Effect.provide(quiet))
  )

  it.live("survives events that are named like the client's own", () =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { open, messages, ends } = yield* borrow(manager)
      yield* open
      const names = ["error", "disconnect", "event", "response", "connect", "internalError", "Good"]
      for (const name of names) manager.say(packet(`Event: ${name}`))
      yield* until("all", () => messages.length >= names.length)
      assert.deepStrictEqual(
        messages.map((message) => message.name),
        names
      )
      assert.deepStrictEqual(ends, [])
    }).pipe(Effect.provide(quiet))
  )

  it.live("cannot be opened while the client is not connected; once its owner has connected it, it can", () =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { client, connect, open, ends } = yield* borrow(manager)
      yield* open
      client.disconnect()
      yield* until("the end", () => ends.length > 0)
      assert.deepStrictEqual(
        ends.map((error) => error?.reason),
        ["closed"]
      )
      const error = yield* Effect.flip(open)
      assert.strictEqual(error.reason, "connect")
      assert.strictEqual(
        error.message,
        "asterisk-ami-client: the AmiClient is not connected. Its owner must connect it, here nobody does."
      )
      yield* until("its clean-up is over", () => client.connection !== null && manager.connections.length === 0)
      yield* Effect.sleep("10 millis")
      yield* connect
      yield* open
    }).pipe(Effect.provide(quiet))
  )

  it.live("cannot be opened over a client that was never connected", () =>
    Effect.gen(function* () {
      const AmiClient = yield* loadAmiClient
      const { open } = yield* AmiTransport.pipe(Effect.provide(fromAmiClient(new AmiClient())))
      const error = yield* Effect.flip(open({ onMessages: () => {}, onClose: () => {} }))
      assert.strictEqual(error.reason, "connect")
    })
  )

  it.live("cannot be opened over a client whose Asterisk is deaf, though it says that it is connected", () =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { client, open } = yield* borrow(manager, {}, { connectTimeout: 50 })
      const before = client.listenerCount("event")
      manager.silent = true
      const error = yield* Effect.flip(open)
      assert.strictEqual(error.reason, "timeout")
      assert.include(error.message, "a Ping on it was not answered within 50 ms")
      assert.isTrue(client.isConnected)
      assert.strictEqual(client.listenerCount("event"), before)
    }).pipe(Effect.provide(quiet))
  )
})
