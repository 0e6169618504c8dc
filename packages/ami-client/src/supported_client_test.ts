import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { AmiClientConstructor, AmiClientOptions } from "./ami_client_like.ts"
import { checkAmiClient, loadAmiClient, SUPPORTED_VERSION } from "./supported_client.ts"

/** The package as it might be one day. */
const changed = (change: (AmiClient: AmiClientConstructor) => AmiClientConstructor) =>
  Effect.gen(function* () {
    const AmiClient = yield* loadAmiClient
    const error = yield* Effect.flip(checkAmiClient(change(AmiClient), SUPPORTED_VERSION))
    assert.deepStrictEqual([error._tag, error.reason, error.found], ["AmiClientUnsupported", "changed", SUPPORTED_VERSION])
    assert.include(error.message, `Install asterisk-ami-client ${SUPPORTED_VERSION} exactly`)
    return error.message
  })

describe("the package asterisk-ami-client", () => {
  it.effect("is accepted as it is installed", () => loadAmiClient)

  it("and its parts are pinned to exactly the versions that are installed", () => {
    const manifest: { readonly dependencies: { readonly [name: string]: string } } = JSON.parse(
      readFileSync(new URL("../package.json", import.meta.url), "utf8")
    )
    const pinned = Object.entries(manifest.dependencies).filter(([name]) => !name.startsWith("@ctid/"))
    assert.deepStrictEqual(pinned.map(([name]) => name).sort(), [
      "asterisk-ami-client",
      "asterisk-ami-connector",
      "asterisk-ami-event-utils",
      "asterisk-ami-events-stream",
      "debug"
    ])
    const require = createRequire(import.meta.url)
    for (const [name, version] of pinned) assert.strictEqual(version, require(`${name}/package.json`).version, name)
  })

  it.effect("is refused in another version, with the one that works", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(checkAmiClient(yield* loadAmiClient, "1.2.0"))
      assert.deepStrictEqual([error.reason, error.found], ["version", "1.2.0"])
      assert.strictEqual(
        error.message,
        "asterisk-ami-client 1.2.0 is installed, and only 1.1.5 is supported. " +
          "Install asterisk-ami-client 1.1.5 exactly, or use the native driver."
      )
    })
  )

  it.effect("is refused when it has no connector any more", () =>
    Effect.gen(function* () {
      const message = yield* changed(
        (AmiClient) =>
          class extends AmiClient {
            constructor(options?: AmiClientOptions) {
              super(options)
              Reflect.deleteProperty(this, "_connector")
            }
          }
      )
      assert.include(message, "it has no _connector.connect any more")
    })
  )

  it.effect("is refused when it connects by other means", () =>
    Effect.gen(function* () {
      const message = yield* changed(
        (AmiClient) =>
          class extends AmiClient {
            override readonly connect = () => Promise.reject(new Error("no network here"))
          }
      )
      assert.include(message, "connect() does not use _connector.connect")
    })
  )

  it.effect("is refused when it does not hand on what its connection emits", () =>
    Effect.gen(function* () {
      const message = yield* changed(
        (AmiClient) =>
          class extends AmiClient {
            constructor(options?: AmiClientOptions) {
              super(options)
              const on = this.on.bind(this)
              this.on = (name, listener) => (name === "response" ? this : on(name, listener))
            }
          }
      )
      assert.include(message, "it does not hand on what its connection emits")
    })
  )

  it.effect("is refused when it cannot even be made", () =>
    Effect.gen(function* () {
      const message = yield* changed(
        (AmiClient) =>
          class extends AmiClient {
            constructor() {
              super()
              throw new TypeError("options are required")
            }
          }
      )
      assert.include(message, "it fails: TypeError: options are required")
    })
  )
})
