import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { settle } from "../memory_server_fixture.ts"
import { declare, live, same, signInAs } from "../reload/live_server_fixture.ts"

/** Answers of more bytes than the system holds for somebody who does not read. */
const questions = Array.from({ length: 4_000 }, () => ({
  class: "getlist",
  function: "updateconfig",
  listname: "users",
  tid: "1",
  tipbxid: "xivo"
}))

describe("the socket timeout", () => {
  it.effect("holds as it is declared now, also on a port that was open before", () =>
    live(
      { settings: { socketTimeout: 60_000 } },
      Effect.gen(function* () {
        const [reader, other] = [yield* signInAs("alice"), yield* signInAs("bob")]
        yield* declare(same, { socketTimeout: 500 })
        other.wire.pause()
        yield* other.say(...questions)
        yield* TestClock.adjust(1_100)
        yield* settle
        assert.deepStrictEqual([reader.ended(), other.ended()], [false, true])
      })
    )
  )
})
