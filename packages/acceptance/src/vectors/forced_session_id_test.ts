import { sessionId } from "@ctid/core/session/session_id"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeForcedSessionId } from "./forced_session_id.ts"

describe("a forced session id", () => {
  it.effect("is the next one that is drawn, and only that", () => {
    const forced = makeForcedSessionId()
    return Effect.gen(function* () {
      assert.match(yield* sessionId, /^[A-Za-z0-9]{10}$/)
      forced.force("Ab3dEf6hIj")
      assert.strictEqual(yield* sessionId, "Ab3dEf6hIj")
      assert.notStrictEqual(yield* sessionId, "Ab3dEf6hIj")
    }).pipe(Effect.provide(forced.layer))
  })
})
