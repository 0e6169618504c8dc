import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { isLoopback, type Network, parseNetwork, peerOf } from "./network.ts"

const peerKey = (address: string): string => peerOf([], address).key

const network = (text: string): Network => parseNetwork(text) ?? assert.fail(`${text} is no network`)
const inside = (text: string, address: string): boolean => peerOf([network(text)], address).shared

describe("a peer", () => {
  it("is an IPv4 address, however it is written", () => {
    assert.strictEqual(peerKey("192.0.2.7"), "192.0.2.7")
    assert.strictEqual(peerKey("::ffff:192.0.2.7"), "192.0.2.7")
    assert.strictEqual(peerKey("::ffff:c000:207"), "192.0.2.7")
  })

  it("is all of an IPv6 network of 64 bits", () => {
    const key = peerKey("2001:db8:0:1::5")
    assert.strictEqual(key, "2001:db8:0:1::/64")
    for (const same of ["2001:db8:0:1:ffff:1:2:3", "2001:DB8::1:0:0:0:9", "2001:db8:0:1::5%eth0"]) {
      assert.strictEqual(peerKey(same), key, same)
    }
    assert.notStrictEqual(peerKey("2001:db8:0:2::5"), key)
  })

  it("is the text itself, bounded, where it is no address", () => {
    assert.strictEqual(peerKey("somewhere"), "somewhere")
    assert.strictEqual(peerKey("x".repeat(500)).length, 64)
    for (const wrong of [
      "1.2.3",
      "1.2.3.256",
      "01.2.3.4",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7:8:9",
      "g::1",
      "1:2:3:4:5:6:7::8:9"
    ]) {
      assert.strictEqual(peerKey(wrong), wrong)
    }
  })

  it("never throws, and is short", () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (text) => peerKey(text).length <= 64))
    fc.assert(fc.property(fc.ipV6(), (address) => /\/64$|^\d+\.\d+\.\d+\.\d+$/.test(peerKey(address))))
  })
})

describe("a network", () => {
  it("is an address with the number of bits that count, or a single address", () => {
    assert.isTrue(inside("10.0.0.0/8", "10.255.1.2"))
    assert.isTrue(inside("10.0.0.0/8", "::ffff:10.255.1.2"))
    assert.isFalse(inside("10.0.0.0/8", "11.0.0.1"))
    assert.isTrue(inside("192.0.2.128/25", "192.0.2.200"))
    assert.isFalse(inside("192.0.2.128/25", "192.0.2.100"))
    assert.isTrue(inside("192.0.2.7", "192.0.2.7"))
    assert.isFalse(inside("192.0.2.7", "192.0.2.8"))
    assert.isTrue(inside("2001:db8:8000::/33", "2001:db8:ffff::1"))
    assert.isFalse(inside("2001:db8:8000::/33", "2001:db8:7fff::1"))
    assert.isTrue(inside("::ffff:10.0.0.0/104", "10.1.2.3"))
    assert.isFalse(inside("0.0.0.0/0", "2001:db8::1"))
    assert.isTrue(inside("0.0.0.0/0", "198.51.100.1"))
  })

  it("is nothing else", () => {
    for (const wrong of [
      "",
      "10.0.0.0/33",
      "10.0.0.0/8/8",
      "10.0.0/8",
      "::/129",
      "example.org",
      "10.0.0.0/08",
      "10.0.0.0/-1",
      "::ffff:10.0.0.0/8"
    ]) {
      assert.isNull(parseNetwork(wrong), wrong)
    }
  })

  it("of one's own contains this machine always", () => {
    for (const address of ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
      assert.isTrue(peerOf([], address).shared, address)
    for (const address of ["128.0.0.1", "::2", "somewhere"]) assert.isFalse(peerOf([], address).shared, address)
  })

  it("tell this machine from others by their addresses, not by how a name begins", () => {
    for (const address of ["localhost", "LOCALHOST", "127.1.2.3", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1"])
      assert.isTrue(isLoopback(address), address)
    for (const address of ["127.example.com", "localhost.example.com", "0.0.0.0", "::", "10.0.0.1", ""])
      assert.isFalse(isLoopback(address), address)
  })
})
