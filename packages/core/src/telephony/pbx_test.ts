import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Stream from "effect/Stream"
import { Settings } from "../config/settings.ts"
import { Directory, snapshotOf } from "../directory/directory.ts"
import { CtiEvents } from "../events/cti_events.ts"
import { Notifier } from "../notify/notifier.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import { ScriptedTelephony, scriptedTelephony } from "../testdata/scripted_telephony.ts"
import { Pbx } from "./pbx.ts"

describe("Pbx", () => {
  it.effect("goes on with what the PBX tells next after a mistake of its own, which is logged", () => {
    const log: Array<string> = []
    const logger = Logger.make<unknown, void>(({ message }) => {
      log.push(String(message))
    })
    const snapshot = snapshotOf(sampleData)
    const [line] = sampleData.lines
    const lineId = line?.id ?? 0
    let mistakes = 0
    const directory = Layer.succeed(
      Directory,
      Directory.of({
        current: () => {
          if (mistakes-- > 0) throw new Error("a mistake, made on purpose")
          return snapshot
        },
        changes: Stream.never
      })
    )
    return Effect.gen(function* () {
      const pbx = yield* Pbx
      const { say } = yield* ScriptedTelephony
      const settle = Effect.repeat(Effect.yieldNow, { times: 20 })
      yield* settle
      mistakes = 1
      yield* say({ _tag: "EndpointState", lineId, state: 1 })
      yield* settle
      assert.deepStrictEqual(log, ["internal error"])
      mistakes = 0
      yield* say({ _tag: "EndpointState", lineId, state: 8 })
      yield* settle
      assert.strictEqual(pbx.state.phone(lineId), 8)
    }).pipe(
      Effect.provide(
        Pbx.layer.pipe(
          Layer.provide(Notifier.layer),
          Layer.provide(Layer.mergeAll(directory, Settings.layer(), CtiEvents.layer)),
          Layer.provideMerge(scriptedTelephony)
        )
      ),
      Effect.provide(Logger.layer([logger]))
    )
  })
})
