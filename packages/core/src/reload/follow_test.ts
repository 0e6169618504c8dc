import { MemoryListener, MemoryPasswordHash } from "@ctid/simulator"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { LiveConfig } from "../config/live_config.ts"
import { defaultSettings } from "../config/settings.ts"
import { CtiServer } from "../cti_server.ts"
import { Directory, snapshotOf } from "../directory/directory.ts"
import { settle } from "../memory_server_fixture.ts"
import { Pbx } from "../telephony/pbx.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import { scriptedTelephony } from "../testdata/scripted_telephony.ts"

const doors = Layer.mergeAll(
  LiveConfig.layer({ directory: sampleData, settings: defaultSettings }),
  MemoryPasswordHash.layer(),
  MemoryListener.layer({ capacity: 1024, highWater: 1024 }),
  scriptedTelephony,
  Digest.layerWebCrypto,
  SecureRandom.layerWebCrypto
)

const withoutLines = { directory: { ...sampleData, lines: [] }, settings: defaultSettings }

/** Whether the model knows of a line that the sample directory declares. */
const knowsLine = (context: Context.Context<Pbx>): boolean =>
  Context.get(context, Pbx).state.apply({ _tag: "EndpointState", lineId: 10, state: 1 }, 0).length > 0

describe("a server follows its doors", () => {
  it.effect("from the moment it is there: what changes right after is not missed", () =>
    Effect.gen(function* () {
      const context = yield* Layer.build(CtiServer.layer)
      yield* (yield* LiveConfig).replace(withoutLines)
      yield* settle
      assert.isFalse(knowsLine(context))
    }).pipe(Effect.scoped, Effect.provide(doors))
  )

  it.effect("also what changed while it was being built, and nobody told", () =>
    Effect.gen(function* () {
      const snapshots = [snapshotOf(sampleData)]
      const after = snapshotOf(withoutLines.directory)
      const late = Layer.succeed(Directory, Directory.of({ current: () => snapshots.shift() ?? after, changes: Stream.never }))
      assert.isFalse(knowsLine(yield* Layer.build(Layer.provide(CtiServer.layer, late))))
    }).pipe(Effect.scoped, Effect.provide(doors))
  )

  it.effect("and not any more when it is gone", () =>
    Effect.gen(function* () {
      const context = yield* Effect.scoped(Layer.build(CtiServer.layer))
      yield* (yield* LiveConfig).replace(withoutLines)
      yield* settle
      assert.isTrue(knowsLine(context))
    }).pipe(Effect.provide(doors))
  )
})
