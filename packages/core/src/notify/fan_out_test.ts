import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import type { Connection } from "../connection/connection.ts"
import { FanOut, Outbox } from "./fan_out.ts"

/** A connection that remembers what was written. */
const wire = (
  pending = 0
): { connection: Connection; writes: Array<Uint8Array>; text: () => string; destroyed: () => boolean } => {
  const writes: Array<Uint8Array> = []
  let destroyed = false
  const connection: Connection = {
    id: 1,
    peer: { address: "127.0.0.1", port: 1 },
    local: { address: "127.0.0.1", port: 2 },
    encrypted: false,
    upgradeToTls: () => {},
    write: (bytes) => writes.push(bytes) > 0,
    pending: () => pending,
    pause: () => {},
    resume: () => {},
    close: () => {},
    destroy: () => {
      destroyed = true
    }
  }
  return {
    connection,
    writes,
    text: () => writes.map((bytes) => new TextDecoder().decode(bytes)).join(""),
    destroyed: () => destroyed
  }
}

const outboxOf = (peer: ReturnType<typeof wire>, limit = 1_000_000, onOverflow = (): void => {}): Outbox =>
  new Outbox({ connection: peer.connection, limit, onOverflow })
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

type Act =
  | { readonly act: "broadcast"; readonly key: string; readonly text: string }
  | { readonly act: "own"; readonly who: number; readonly text: string; readonly now: boolean }
  | { readonly act: "join"; readonly who: number; readonly key: string }
  | { readonly act: "leave"; readonly who: number }
  | { readonly act: "flushOwn"; readonly who: number }
  | { readonly act: "flush" }

const key = fc.constantFrom("a", "b")
const who = fc.nat(3)
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ act: fc.constant("broadcast" as const), key, text: fc.string({ minLength: 1, maxLength: 4 }) }),
  fc.record({ act: fc.constant("own" as const), who, text: fc.string({ minLength: 1, maxLength: 4 }), now: fc.boolean() }),
  fc.record({ act: fc.constant("join" as const), who, key }),
  fc.record({ act: fc.constant("leave" as const), who }),
  fc.record({ act: fc.constant("flushOwn" as const), who }),
  fc.constant({ act: "flush" as const })
)

describe("FanOut", () => {
  it("everybody hears exactly what was said to his audience while he was in it, and his own, in the order it was said", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const fanOut = new FanOut(() => {})
        const peers = [wire(), wire(), wire(), wire()]
        const outboxes = peers.map((peer) => outboxOf(peer))
        const heard = ["", "", "", ""]
        const at: Array<string | null> = [null, null, null, null]
        const each = (n: number, run: (outbox: Outbox) => void): void => {
          const outbox = outboxes[n]
          if (outbox !== undefined) run(outbox)
        }
        for (const one of acts) {
          if (one.act === "broadcast") {
            fanOut.broadcast(one.key, bytes(one.text))
            for (const n of at.keys()) if (at[n] === one.key) heard[n] += one.text
          } else if (one.act === "own") {
            each(one.who, (outbox) => {
              fanOut.send(outbox, one.text)
              if (one.now) outbox.flush()
            })
            heard[one.who] += one.text
          } else if (one.act === "join") {
            each(one.who, (outbox) => fanOut.join(outbox, one.key))
            at[one.who] = one.key
          } else if (one.act === "leave") {
            each(one.who, (outbox) => fanOut.leave(outbox))
            at[one.who] = null
          } else if (one.act === "flushOwn") each(one.who, (outbox) => outbox.flush())
          else fanOut.flush()
        }
        fanOut.flush()
        assert.deepStrictEqual(
          peers.map((peer) => peer.text()),
          heard
        )
      }),
      { numRuns: 2000 }
    )
  })

  it("what is said in one turn leaves in one write, and those who heard the same share the bytes", () => {
    let flush = (): void => {}
    const fanOut = new FanOut((run) => {
      flush = run
    })
    const peers = [wire(), wire(), wire()]
    const outboxes = peers.map((peer) => outboxOf(peer))
    for (const outbox of outboxes) fanOut.join(outbox, "a")
    const last = outboxes[2]
    fanOut.broadcast("a", bytes("1"))
    if (last !== undefined) fanOut.send(last, "own")
    fanOut.broadcast("a", bytes("2"))
    flush()
    assert.deepStrictEqual(
      peers.map((peer) => peer.writes.length),
      [1, 1, 1]
    )
    assert.strictEqual(peers[0]?.writes[0], peers[1]?.writes[0])
    assert.deepStrictEqual(
      peers.map((peer) => peer.text()),
      ["12", "12", "1own2"]
    )
  })

  it("what is long is written as it is, to everybody the same bytes, between what came before and after it", () => {
    const fanOut = new FanOut(() => {})
    const peers = [wire(), wire()]
    const long = bytes("x".repeat(20_000))
    for (const [n, peer] of peers.entries()) {
      const outbox = outboxOf(peer)
      fanOut.join(outbox, "a")
      fanOut.send(outbox, `before ${n},`)
      fanOut.send(outbox, long)
    }
    fanOut.broadcast("a", bytes(","))
    fanOut.broadcast("a", bytes("after"))
    fanOut.flush()
    for (const [n, peer] of peers.entries()) {
      assert.strictEqual(peer.text(), `before ${n},${"x".repeat(20_000)},after`)
      assert.strictEqual(peer.writes.length, 3)
      assert.strictEqual(peer.writes[1], long)
    }
  })

  it("asks for one flush a turn", () => {
    let asked = 0
    const fanOut = new FanOut(() => {
      asked++
    })
    const outbox = outboxOf(wire())
    fanOut.join(outbox, "a")
    fanOut.broadcast("a", bytes("1"))
    fanOut.send(outbox, "2")
    assert.strictEqual(asked, 1)
    fanOut.flush()
    fanOut.broadcast("a", bytes("3"))
    assert.strictEqual(asked, 2)
  })

  it("a client who does not read loses his connection, once, and the others hear on", () => {
    const fanOut = new FanOut(() => {})
    const slow = wire(90)
    const quick = wire()
    let overflows = 0
    fanOut.join(
      outboxOf(slow, 100, () => {
        overflows++
      }),
      "a"
    )
    fanOut.join(outboxOf(quick, 100), "a")
    fanOut.broadcast("a", bytes("x".repeat(20)))
    fanOut.flush()
    fanOut.broadcast("a", bytes("y"))
    fanOut.flush()
    assert.isTrue(slow.destroyed())
    assert.strictEqual(overflows, 1)
    assert.strictEqual(slow.writes.length, 0)
    assert.strictEqual(quick.text(), `${"x".repeat(20)}y`)
  })
})
