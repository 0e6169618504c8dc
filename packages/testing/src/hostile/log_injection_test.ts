import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import fc from "fast-check"
import { clientMessage } from "./client_message.ts"
import { hostileText } from "./hostile_text.ts"
import { knownFields, knownNumbers, knownWords, openOffice, runQuietly } from "./two_companies_fixture.ts"

const UNPRINTABLE = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/u

const known = clientMessage({
  text: hostileText(knownWords),
  numbers: knownNumbers,
  fields: Object.fromEntries(
    Object.entries(knownFields).map(([name, words]) => [
      name,
      [...words, ...words.map((word) => `${word}\r\nINFO login user=root`)]
    ])
  )
})

/** Also of classes that nobody knows. */
const message = fc.oneof(
  { arbitrary: known, weight: 9 },
  hostileText(["dance", "login_id"]).map((name) => ({ class: name }))
)

/** Texts that a logger was given. */
const gathered = (): { readonly logger: Logger.Logger<unknown, void>; readonly texts: Array<string> } => {
  const texts: Array<string> = []
  const logger = Logger.make<unknown, void>(({ message: said, fiber }) => {
    const parts = Array.isArray(said) ? said : [said]
    for (const text of [...parts, ...Object.values(fiber.getRef(References.CurrentLogAnnotations))]) texts.push(String(text))
  })
  return { logger, texts }
}

describe("what clients say", () => {
  it("comes to the log as one short line each, at every level, whatever the logger does with it", async () => {
    let logged = 0
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 40, size: "max" }), async (messages) => {
        const { logger, texts } = gathered()
        await runQuietly(
          Effect.gen(function* () {
            const office = yield* openOffice("both", { reachability: "enforced" })
            const alice = yield* office.signIn("alice")
            for (const one of messages) {
              const stranger = yield* office.dial
              yield* stranger.say(one)
            }
            yield* alice.say(...messages)
          }).pipe(Effect.provide(Logger.layer([logger])), Effect.provideService(References.MinimumLogLevel, "Trace"))
        )
        for (const text of texts) {
          assert.notMatch(text, UNPRINTABLE)
          assert.isBelow(text.length, 1_000)
        }
        logged += texts.length
      }),
      { numRuns: 50 }
    )
    assert.isAbove(logged, 5_000)
  }, 60_000)
})
