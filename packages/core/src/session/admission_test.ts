import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { parseNetwork } from "../connection/network.ts"
import { Admission, type AdmissionLimits, type Guest } from "./admission.ts"

const limits: AdmissionLimits = {
  connections: 1_000,
  connectionsBeforeLogin: 10,
  connectionsPerAddress: 4,
  connectionRatePerAddress: 100,
  sharedAddresses: []
}

/** An admission, who is in by name, and who knocks. */
const door = (changes: Partial<AdmissionLimits> = {}, signedIn = 0) => {
  const admission = new Admission(() => ({ ...limits, ...changes }))
  const inside = new Map<string, Guest>()
  let count = 0
  const knock = (address: string, now = 0): string => {
    const peer = admission.peer(address)
    const refusal = admission.refuses(peer, now, signedIn + inside.size)
    if (refusal !== null) return refusal
    const name = `${address} ${++count}`
    const guest: Guest = { drop: () => inside.delete(name) }
    inside.set(name, guest)
    admission.enter(guest, peer)
    return "in"
  }
  const of = (address: string): number => [...inside.keys()].filter((name) => name.startsWith(`${address} `)).length
  return { admission, inside, knock, of }
}

describe("before they have signed in", () => {
  it("so many of one address are let in, and who signs in or leaves makes room", () => {
    const { admission, inside, knock } = door()
    for (let n = 0; n < 4; n++) assert.strictEqual(knock("192.0.2.1"), "in")
    assert.strictEqual(knock("192.0.2.1"), "too_many_of_address")
    assert.strictEqual(knock("192.0.2.2"), "in")
    const [first] = inside.values()
    admission.leave(first ?? assert.fail())
    assert.strictEqual(knock("192.0.2.1"), "in")
    assert.strictEqual(knock("192.0.2.1"), "too_many_of_address")
  })

  it("a network of 64 bits counts as one address", () => {
    const { knock } = door()
    for (let n = 1; n <= 4; n++) assert.strictEqual(knock(`2001:db8:1:2:${n}::1`), "in")
    assert.strictEqual(knock("2001:db8:1:2:ffff::1"), "too_many_of_address")
    assert.strictEqual(knock("2001:db8:1:3::1"), "in")
  })

  it("connections of one address are accepted at a pace, after a burst", () => {
    const { knock } = door({ connectionRatePerAddress: 2, connectionsPerAddress: 100, connectionsBeforeLogin: 100 })
    assert.deepStrictEqual(
      [0, 0, 0, 499, 500, 501, 1000].map((now) => knock("192.0.2.1", now)),
      ["in", "in", "too_fast", "too_fast", "in", "too_fast", "in"]
    )
    assert.strictEqual(knock("192.0.2.2", 0), "in")
  })

  it("neither counts for this machine and for shared addresses, the total does", () => {
    const shared = ["10.0.0.0/8"].flatMap((text) => parseNetwork(text) ?? [])
    const { knock } = door({ connectionRatePerAddress: 1, sharedAddresses: shared })
    for (let n = 0; n < 5; n++) assert.deepStrictEqual([knock("127.0.0.1"), knock("10.1.2.3")], ["in", "in"])
    assert.strictEqual(knock("127.0.0.1"), "too_many_before_login")
  })

  it("when all places are taken, who comes alone takes the place of the oldest of the address that has the most", () => {
    const { knock, inside, of } = door()
    for (const address of ["192.0.2.1", "192.0.2.2"]) for (let n = 0; n < 4; n++) assert.strictEqual(knock(address), "in")
    for (let n = 0; n < 2; n++) assert.strictEqual(knock("192.0.2.3"), "in")
    const [oldest = ""] = inside.keys()
    assert.strictEqual(knock("203.0.113.1"), "in")
    assert.isFalse(inside.has(oldest))
    assert.strictEqual(knock("203.0.113.2"), "in")
    assert.deepStrictEqual([of("192.0.2.1"), of("192.0.2.2"), of("192.0.2.3")], [3, 3, 2])
    assert.strictEqual(knock("192.0.2.3"), "too_many_before_login", "he has as many as he could take from")
  })

  it("the same where those who are signed in have taken the places", () => {
    const { knock, of } = door({ connections: 100 }, 97)
    for (let n = 0; n < 3; n++) assert.strictEqual(knock("192.0.2.1"), "in")
    assert.strictEqual(knock("203.0.113.1"), "in")
    assert.deepStrictEqual([of("192.0.2.1"), of("203.0.113.1")], [2, 1])
    assert.strictEqual(knock("192.0.2.1"), "too_many")
  })

  it("no limit is ever passed, and the books are right", () => {
    const address = fc.constantFrom("192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "127.0.0.1")
    const step = fc.oneof(fc.record({ knock: address }), fc.record({ leave: fc.nat(20) }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { admission, inside, knock, of } = door({ connectionRatePerAddress: 1_000_000 })
        for (const [now, one] of steps.entries()) {
          if ("knock" in one) knock(one.knock, now)
          else {
            const [name, guest] = [...inside][one.leave] ?? []
            if (name === undefined || guest === undefined) continue
            inside.delete(name)
            admission.leave(guest)
          }
          assert.strictEqual(admission.size, inside.size)
          assert.isAtMost(inside.size, 10)
          for (const peer of ["192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1"]) assert.isAtMost(of(peer), 4)
        }
      })
    )
  })
})
