import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import type { Connection } from "../connection/connection.ts"
import { FanOut } from "./fan_out.ts"
import { Outbox } from "./outbox.ts"

/** A connection that remembers what was written, and has room for so many bytes until it is drained. */
const wire = (pending = 0, room = Number.POSITIVE_INFINITY) => {
  const writes: Array<Uint8Array> = []
  let destroyed = false
  let taken = 0
  const connection: Connection = {
    id: 1,
    peer: { address: "127.0.0.1", port: 1 },
    local: { address: "127.0.0.1", port: 2 },
    encrypted: false,
    upgradeToTls: () => {},
    write: (bytes) => {
      writes.push(bytes)
      taken += bytes.length
      return taken < room
    },
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
    drain: () => {
      taken = 0
    },
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
  | { readonly act: "tell"; readonly some: ReadonlyArray<number>; readonly text: string }
  | { readonly act: "drain"; readonly who: number }
  | { readonly act: "flush" }

const key = fc.constantFrom("a", "b")
const who = fc.nat(3)
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ act: fc.constant("broadcast" as const), key, text: fc.string({ minLength: 1, maxLength: 4 }) }),
  fc.record({ act: fc.constant("own" as const), who, text: fc.string({ minLength: 1, maxLength: 4 }), now: fc.boolean() }),
  fc.record({ act: fc.constant("join" as const), who, key }),
  fc.record({ act: fc.constant("leave" as const), who }),
  fc.record({ act: fc.constant("flushOwn" as const), who }),
  fc.record({
    act: fc.constant("tell" as const),
    some: fc.subarray([0, 1, 2, 3]),
    // short, long, and more than one piece
    text: fc
      .tuple(fc.constantFrom("x", "y"), fc.constantFrom(3, 20_000, 150_000))
      .map(([letter, times]) => letter.repeat(times))
  }),
  fc.record({ act: fc.constant("drain" as const), who }),
  fc.constant({ act: "flush" as const })
)

describe("FanOut", () => {
  it("everybody hears exactly what was said to his audience while he was in it, and his own, in the order it was said", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const fanOut = new FanOut(() => {})
        const peers = [wire(), wire(), wire(0, 70_000), wire(0, 1)]
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
          } else if (one.act === "tell") {
            fanOut.tell(
              outboxes.filter((_, n) => one.some.includes(n)),
              bytes(one.text)
            )
            for (const n of one.some) heard[n] += one.text
          } else if (one.act === "drain") {
            peers[one.who]?.drain()
            each(one.who, (outbox) => outbox.drained())
          } else if (one.act === "flushOwn") each(one.who, (outbox) => outbox.flush())
          else fanOut.flush()
        }
        for (let turns = 0; turns < 60 || outboxes.some((outbox) => outbox.pending() > 0); turns++) {
          assert.isBelow(turns, 1000)
          fanOut.flush()
          for (const [n, outbox] of outboxes.entries()) {
            peers[n]?.drain()
            outbox.drained()
          }
        }
        assert.deepStrictEqual(
          peers.map((peer) => peer.text()),
          heard
        )
      }),
      { numRuns: 1000 }
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

  it("what is long is shared by all who are told, and goes between what came before and after it", () => {
    const fanOut = new FanOut(() => {})
    const peers = [wire(), wire()]
    const outboxes = peers.map((peer) => outboxOf(peer))
    const long = bytes("x".repeat(20_000))
    for (const [n, outbox] of outboxes.entries()) {
      fanOut.join(outbox, "a")
      fanOut.send(outbox, `before ${n},`)
    }
    fanOut.tell(outboxes, long)
    fanOut.broadcast("a", bytes(",after"))
    fanOut.flush()
    fanOut.flush()
    for (const [n, peer] of peers.entries()) {
      assert.strictEqual(peer.text(), `before ${n},${"x".repeat(20_000)},after`)
      assert.strictEqual(peer.writes[1]?.buffer, long.buffer)
    }
  })

  it("no turn writes more of what is long than 4 MiB, and everybody gets a piece in his turn", () => {
    let asked = 0
    const fanOut = new FanOut(() => {
      asked++
    })
    const peers = Array.from({ length: 100 }, () => wire())
    fanOut.tell(
      peers.map((peer) => outboxOf(peer)),
      bytes("x".repeat(200_000))
    )
    const written = () => peers.map((peer) => peer.text().length)
    let before = 0
    for (let turn = 1; written().some((length) => length < 200_000); turn++) {
      assert.strictEqual(asked, turn)
      fanOut.flush()
      const total = written().reduce((a, b) => a + b, 0)
      assert.isAtMost(total - before, 4 * 1024 * 1024 + 64 * 1024)
      before = total
      const pieces = written().map((length) => Math.ceil(length / 65_536))
      assert.isAtMost(Math.max(...pieces) - Math.min(...pieces), 1)
    }
    assert.strictEqual(before, 100 * 200_000)
    assert.strictEqual(asked, Math.ceil(before / (4 * 1024 * 1024)))
  })

  it("a client who takes nothing is given no more than a piece of what is long, and is not asked for again before he does", () => {
    let asked = 0
    const fanOut = new FanOut(() => {
      asked++
    })
    const peer = wire(0, 1)
    const outbox = outboxOf(peer, 100)
    fanOut.tell([outbox], bytes("x".repeat(200_000)))
    fanOut.flush()
    const before = asked
    for (let turn = 0; turn < 5; turn++) fanOut.flush()
    assert.strictEqual(peer.text().length, 65_536)
    assert.strictEqual(asked, before)
    assert.isFalse(peer.destroyed())
    peer.drain()
    outbox.drained()
    assert.strictEqual(asked, before + 1)
    fanOut.flush()
    assert.strictEqual(peer.text().length, 2 * 65_536)
  })

  it("one long message may wait beyond a client's limit; what comes behind it counts, and a second one too", () => {
    for (const more of ["x".repeat(101), "y".repeat(20_000)]) {
      const fanOut = new FanOut(() => {})
      const peer = wire(0, 1)
      const outbox = outboxOf(peer, 100)
      fanOut.tell([outbox], bytes("x".repeat(200_000)))
      fanOut.send(outbox, "z".repeat(99))
      fanOut.flush()
      assert.isFalse(peer.destroyed())
      fanOut.tell([outbox], bytes(more))
      fanOut.flush()
      assert.isTrue(peer.destroyed())
      assert.strictEqual(outbox.pending(), 0)
    }
  })

  it("all that waits is written when a client is to be closed", () => {
    const fanOut = new FanOut(() => {})
    const peer = wire(0, 1)
    const outbox = outboxOf(peer)
    fanOut.tell([outbox], bytes("x".repeat(200_000)))
    fanOut.send(outbox, "bye")
    fanOut.flush()
    outbox.close()
    assert.strictEqual(peer.text(), `${"x".repeat(200_000)}bye`)
    fanOut.send(outbox, "late")
    fanOut.flush()
    assert.strictEqual(peer.text().length, 200_003)
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
