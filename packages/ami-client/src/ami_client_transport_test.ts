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
import type { AmiClientObject, AmiClientPacket } from "./ami_client_like.ts"
import { AmiClientTransport, type AmiClientTransportOptions } from "./ami_client_transport.ts"

const host = "127.0.0.1"

/** A wire with a client in it, and all that was told of it. */
const open = (manager: ScriptedManager, options: Partial<AmiClientTransportOptions> = {}) =>
  Effect.gen(function* () {
    const { port } = yield* servePort(manager.script)
    const messages: Array<AmiMessage> = []
    const ends: Array<AmiTransportError | null> = []
    const transport = yield* AmiTransport.pipe(Effect.provide(AmiClientTransport.layer({ host, port, ...options })))
    const wire = yield* transport.open({
      onMessages: (some) => messages.push(...some),
      onClose: (error) => ends.push(error)
    })
    return { wire, messages, ends }
  })

const listen = (manager: ScriptedManager, onClient: (client: AmiClientObject) => void = () => {}) =>
  Effect.gen(function* () {
    const clients: Array<AmiClientObject> = []
    const opened = yield* open(manager, {
      onClient: (client) => {
        clients.push(client)
        onClient(client)
      }
    })
    const client = clients[0]
    if (client === undefined) return yield* Effect.die("no client was given")
    return { ...opened, client, clients }
  })

const quiet = Layer.merge(NodeListener.layer, Logger.layer([]))

describe("a wire with an AmiClient in it", () => {
  it.live("lets a program's listeners have the packets as the package spells them, repeats as arrays", () =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const packets: Array<AmiClientPacket> = []
      const { messages, client } = yield* listen(manager, (client) => {
        client.on("event", (event) => packets.push(event))
        client.on("response", (response) => packets.push(response))
      })
      manager.say(packet("Event: Newchannel", "ChanVariable: A=1", "ChanVariable: B=2", "Note:  two blanks"))
      manager.say(packet("Response: Success", "ActionID: nobody", "Output: one", "Output: two"))
      yield* until("both", () => messages.length === 2)
      assert.deepStrictEqual(
        packets.map((one) => ({ ...one })),
        [
          { Event: "Newchannel", ChanVariable: ["A=1", "B=2"], Note: " two blanks" },
          { Response: "Success", ActionID: "nobody", Output: ["one", "two"] }
        ]
      )
      assert.deepStrictEqual(client.lastEvent, packets[0])
      assert.deepStrictEqual(client.lastResponse, packets[1])
    }).pipe(Effect.provide(quiet))
  )

  it.live("carries a program's own actions, and gives it the answer", () =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      manager.answer = (action) => (action.name === "DBGet" ? [["Response: Success", `Val: ${action.get("Key")}`]] : null)
      const { client } = yield* listen(manager)
      const action = { Action: "DBGet", Key: "k", Variable: ["A=1", "B=2"], Absent: undefined, ActionID: "mine-1" }
      const answer = yield* Effect.promise(async () => (await client.action(action, true)) as AmiClientPacket)
      assert.strictEqual(answer.Val, "k")
      assert.deepStrictEqual(manager.sent("DBGet")[0]?.headers, [
        ["Action", "DBGet"],
        ["Key", "k"],
        ["Variable", "A=1"],
        ["Variable", "B=2"],
        ["ActionID", "mine-1"]
      ])
      client.connection?.write("Action: Ping\r\nActionID: mine-2")
      yield* until("the text is there", () => manager.sent("Ping").length === 1)
      assert.strictEqual(manager.sent("Ping")[0]?.get("ActionID"), "mine-2")
    }).pipe(Effect.provide(quiet))
  )

  it.live("refuses a program's action that would be two", () =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { client } = yield* listen(manager)
      const evil = { Action: "DBPut", Val: "v\r\n\r\nAction: Originate", ActionID: "mine-1" }
      assert.throws(() => client.action(evil), /line end/)
      for (const text of [
        "Action: Ping\r\nActionID: 1\r\n\r\nAction: Hangup\r\nActionID: 2",
        "Action: Ping\nAction: Hangup\r\nActionID: 1",
        "Action: Ping\r\nAction: Hangup\r\nActionID: 1",
        "Action: Ping\r\nActionID: 1\0",
        "Action: Ping",
        "ActionID: 1\r\nAction: Ping",
        ""
      ]) {
        assert.throws(() => client.connection?.write(text), /is not sent to Asterisk/, text)
      }
      yield* Effect.sleep("20 millis")
      assert.lengthOf(manager.actions, 0)
    }).pipe(Effect.provide(quiet))
  )

  it.live("is closed when the program disconnects its client; the next wire has another client", () =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { port } = yield* servePort(manager.script)
      const clients: Array<AmiClientObject> = []
      const onClient = (client: AmiClientObject): void => {
        clients.push(client)
      }
      const transport = yield* AmiTransport.pipe(Effect.provide(AmiClientTransport.layer({ host, port, onClient })))
      for (let i = 0; i < 2; i++) {
        const ends: Array<AmiTransportError | null> = []
        yield* transport.open({ onMessages: () => {}, onClose: (error) => ends.push(error) })
        assert.isTrue(clients[i]?.isConnected)
        clients[i]?.disconnect()
        yield* until("the end", () => ends.length > 0)
        assert.deepStrictEqual(ends, [null])
        assert.isFalse(clients[i]?.isConnected)
        assert.throws(() => clients[i]?.connection?.write("Action: Ping\r\nActionID: 1"), /not connected/)
      }
      assert.notStrictEqual(clients[0], clients[1])
    }).pipe(Effect.provide(quiet))
  )

  it.live("survives events that are named like the client's own, also when it emits events by their names", () =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const names = ["disconnect", "error", "event", "response", "connect", "internalError", "Good"]
      const { messages, ends } = yield* listen(manager, (client) => client.option("emitEventsByTypes", true))
      for (const name of names) manager.say(packet(`Event: ${name}`))
      yield* until("all", () => messages.length >= names.length)
      assert.deepStrictEqual(
        messages.map((message) => message.name),
        names
      )
      assert.deepStrictEqual(ends, [])
    }).pipe(Effect.provide(quiet))
  )

  it.live("loses nothing to a listener that throws before ours, and logs it", () => {
    const lines: Array<string> = []
    const sink = Logger.make(({ message, cause }) => {
      lines.push(`${String(message)} ${String(cause)}`)
    })
    return Effect.gen(function* () {
      const manager = new ScriptedManager()
      const { messages } = yield* listen(manager, (client) => {
        Reflect.get(client, "prependListener").call(client, "event", () => {
          throw new Error("a program's mistake, made on purpose")
        })
      })
      manager.say(packet("Event: One"))
      manager.say(packet("Event: Two"))
      yield* until("both", () => messages.length === 2)
      yield* until("both are logged", () => lines.length === 2)
      assert.include(lines[0], "ami client listener failed")
      assert.include(lines[0], "made on purpose")
    }).pipe(Effect.provide(Layer.merge(NodeListener.layer, Logger.layer([sink]))))
  })

  it.live("does not open when a listener of the client's own connection throws, and says so", () =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const error = yield* Effect.flip(
        listen(manager, (client) => {
          client.on("connect", () => {
            throw new Error("not today")
          })
        })
      )
      assert.propertyVal(error, "reason", "connect")
      assert.include(String(error), "does a listener of 'connect' throw? Error: not today")
      yield* until("the connection is closed", () => manager.connections.length === 0)
    }).pipe(Effect.provide(quiet))
  )

  it.live("verifies TLS like the native wire, and says where it leads", () =>
    Effect.gen(function* () {
      const manager = new ScriptedManager()
      const error = yield* Effect.flip(open(manager, { tls: {} }))
      assert.propertyVal(error, "reason", "tls")
      const { label } = yield* AmiTransport.pipe(
        Effect.provide(AmiClientTransport.layer({ host: "pbx.example", port: 5039, tls: {} }))
      )
      assert.strictEqual(label, "amis://pbx.example:5039 (asterisk-ami-client)")
    }).pipe(Effect.provide(quiet))
  )
})
