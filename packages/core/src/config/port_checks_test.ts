import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import { decodeConfig, positionIn } from "./ctid_config.ts"

const decode = (sections: object) =>
  decodeConfig({ ami: { password: "hunter2" }, ...sections }, positionIn("ctid.yml")).pipe(
    Effect.provide(Digest.layerWebCrypto)
  )

const refused = (sections: object) =>
  Effect.map(Effect.flip(decode(sections)), ({ problems }) => problems.map(({ path }) => path))

const files = { certificate: "server.pem", key: "server.key" }

describe("encryption of the CTI port", () => {
  for (const [cti, tls, expected] of [
    [{}, {}, "off"],
    [{}, files, "offered"],
    [{ address: "::1", encryption: "required" }, files, "required"],
    [{ address: "0.0.0.0" }, files, "required"],
    [{ address: "0.0.0.0", allow_clear_text: true }, {}, "off"],
    [{ address: "0.0.0.0", allow_clear_text: true }, files, "offered"],
    [{ address: "pbx.example.com", encryption: "offered", allow_clear_text: true }, files, "offered"]
  ] as const) {
    it.effect(`is ${expected} with ${JSON.stringify({ cti, tls })}`, () =>
      Effect.gen(function* () {
        const { listeners } = yield* decode({ listeners: { cti }, tls })
        assert.strictEqual(listeners.cti.encryption, expected)
      })
    )
  }

  for (const [cti, tls, path] of [
    [{ address: "0.0.0.0" }, {}, "listeners.cti.address"],
    [{ address: "::", encryption: "off" }, files, "listeners.cti.encryption"],
    [{ address: "10.0.0.1", encryption: "offered" }, files, "listeners.cti.encryption"],
    // a name like any other
    [{ address: "127.example.com", encryption: "off" }, {}, "listeners.cti.encryption"],
    [{ encryption: "offered" }, {}, "listeners.cti.encryption"],
    [{ address: "0.0.0.0", encryption: "required" }, {}, "listeners.cti.encryption"]
  ] as const) {
    it.effect(`is refused with ${JSON.stringify({ cti, tls })}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* refused({ listeners: { cti }, tls }), [path])
      })
    )
  }

  it.effect("does not matter while the port is disabled", () =>
    Effect.gen(function* () {
      const { listeners } = yield* decode({ listeners: { cti: { enabled: false, address: "0.0.0.0" } } })
      assert.isFalse(listeners.cti.enabled)
    })
  )
})

describe("the certificate", () => {
  it.effect("opens CTIS, which is refused without one when asked for", () =>
    Effect.gen(function* () {
      assert.isTrue((yield* decode({ tls: files })).listeners.ctis.enabled)
      assert.isFalse((yield* decode({ tls: files, listeners: { ctis: { enabled: false } } })).listeners.ctis.enabled)
      assert.deepStrictEqual(yield* refused({ listeners: { ctis: { enabled: true } } }), ["listeners.ctis.enabled"])
    })
  )

  it.effect("and its key come together", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* refused({ tls: { certificate: "a" } }), ["tls.key"])
      assert.deepStrictEqual(yield* refused({ tls: { key: "a" } }), ["tls.certificate"])
      assert.deepStrictEqual(yield* refused({ tls: { client_ca: "a" } }), ["tls.client_ca"])
    })
  )
})

describe("ports", () => {
  it.effect("have each a place of its own, CTIS only when it is open", () =>
    Effect.gen(function* () {
      const listeners = { ctis: { address: "127.0.0.1", port: 5003 } }
      assert.deepStrictEqual(yield* refused({ listeners, tls: files }), ["listeners.ctis.port"])
      yield* decode({ listeners })
    })
  )
})
