import { createServer, type TLSSocket } from "node:tls"
import { encodeAction } from "@ctid/ami/ami_encoder"
import { AmiTransport } from "@ctid/ami/ami_transport"
import { until } from "@ctid/testing/contracts/contract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { makeAuthority } from "../test/certificates.ts"
import { serving } from "../test/servers.ts"
import { amiRecords } from "./ami_records.ts"
import { NodeAmiTransport } from "./node_ami_transport.ts"

const utf8 = new TextDecoder()

/** Actions of every length, the longest lines that Asterisk takes among them. */
const actions = Array.from({ length: 60 }, (_, i) =>
  Result.getOrThrow(
    encodeAction([
      ["Action", "UserEvent"],
      ["Text", Array.from({ length: i % 7 }, () => "ü".repeat((i * 17) % 500))],
      ["ActionID", i]
    ])
  )
)

describe("the TLS records of actions", () => {
  it("hold whole lines, as many as Asterisk reads at a time, and all that was to be written", () => {
    for (const action of actions) {
      const records = amiRecords(action)
      assert.deepStrictEqual(Buffer.concat([...records]), Buffer.from(action))
      for (const record of records) {
        assert.isAtMost(record.length, 1024)
        assert.strictEqual(record.at(-1), 10)
      }
    }
    assert.isAbove(actions.flatMap(amiRecords).length, actions.length)
    assert.deepStrictEqual(amiRecords(new Uint8Array()), [])
  })

  it("are cut where Asterisk ends its reading when a line is longer than that", () => {
    const records = amiRecords(new TextEncoder().encode(`X: ${"y".repeat(3000)}\r\nZ: z\r\n\r\n`))
    assert.deepStrictEqual(
      records.map((record) => record.length),
      [1024, 1024, 965]
    )
  })

  it.live("leave each by itself, however many actions are written at once, and all of them before our close", () =>
    Effect.gen(function* () {
      const authority = makeAuthority("the PBX's CA")
      const reads: Array<Buffer> = []
      let over = false
      const onSocket = (socket: TLSSocket): void => {
        socket.write("Asterisk Call Manager/11.0.0\r\n")
        // one record is read at a time
        socket.on("data", (bytes) => reads.push(bytes)).on("error", () => {})
        socket.on("end", () => {
          over = true
        })
      }
      const port = yield* serving(createServer(authority.issue({ name: "pbx", names: ["pbx.example"] }), onSocket))
      const tls = { ca: authority.cert, serverName: "pbx.example" }
      const transport = yield* AmiTransport.pipe(Effect.provide(NodeAmiTransport.layer({ host: "127.0.0.1", port, tls })))
      const wire = yield* transport.open({ onMessages: () => {}, onClose: () => {} })
      const writes = Effect.forEach(actions, wire.write, { concurrency: "unbounded" })
      yield* Effect.forkChild(writes, { startImmediately: true })
      wire.close()
      yield* until("the end", () => over)
      assert.strictEqual(utf8.decode(Buffer.concat(reads)), actions.map((action) => utf8.decode(action)).join(""))
      for (const read of reads) {
        assert.isAtMost(read.length, 1024)
        assert.strictEqual(read.at(-1), 10)
      }
    }).pipe(Effect.scoped)
  )
})
