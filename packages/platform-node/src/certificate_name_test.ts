import { isIP } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { certificateName } from "./certificate_name.ts"

describe("a name for a certificate", () => {
  it("is a host name in lower case, or an address in its shortest form", () => {
    const table: ReadonlyArray<readonly [given: string, kind: string, text: string]> = [
      ["PBX.Example", "dns", "pbx.example"],
      ["localhost", "dns", "localhost"],
      ["*.example.com", "dns", "*.example.com"],
      ["bücher.example", "dns", "xn--bcher-kva.example"],
      ["xn--bcher-kva.example", "dns", "xn--bcher-kva.example"],
      ["127.0.0.1", "ip", "127.0.0.1"],
      ["::1", "ip", "::1"],
      ["2001:DB8:0:0:0:0:0:5", "ip", "2001:db8::5"],
      ["::ffff:192.0.2.1", "ip", "::ffff:c000:201"]
    ]
    for (const [given, kind, text] of table) {
      const name = certificateName(given)
      assert.deepStrictEqual([name?.kind, name?.text], [kind, text], given)
    }
  })

  it("is not anything else", () => {
    for (const given of [
      "",
      ".",
      "a..b",
      "pbx.example.",
      "-pbx",
      "pbx_1",
      "two words",
      "a,b",
      "user@host",
      "http://pbx",
      "pbx:5003",
      "[::1]",
      "fe80::1%eth0",
      "1.2.3",
      "256.1.1.1",
      "*",
      "*.com",
      "a.*.example",
      "\u0000",
      `${"a".repeat(64)}.example`,
      "a.".repeat(130)
    ]) {
      assert.isNull(certificateName(given), JSON.stringify(given))
    }
  })

  it("an IPv6 address keeps its 16 bytes, however it is written", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 }), (groups) => {
        const long = groups.map((group) => group.toString(16)).join(":")
        const name = certificateName(long)
        assert.deepStrictEqual(
          Array.from(name?.bytes ?? []),
          groups.flatMap((group) => [group >> 8, group & 0xff])
        )
        assert.deepStrictEqual(certificateName(name?.text ?? ""), name)
      })
    )
  })

  it("whatever is given is refused or comes back the same", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.domain(), fc.ipV4(), fc.ipV6()), (given) => {
        const name = certificateName(given)
        if (name === null) return
        assert.deepStrictEqual(certificateName(name.text), name)
        assert.strictEqual(name.bytes.length, { 0: 0, 4: 4, 6: 16 }[isIP(name.text)])
      })
    )
  })
})
