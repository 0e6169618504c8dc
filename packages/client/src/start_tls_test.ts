import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { StartTlsDialogue, type StartTlsStep } from "./start_tls.ts"

const text = new TextEncoder()
const offer = '{"class":"starttls","timenow":1700000000.5}\n'
const yes = '{"class":"starttls","starttls":true}\r\n'
const no = '{"class":"starttls","starttls":false}\n'
const other = '{"class":"login_id","sessionid":"a"}\n{"class":"disconnect"}\nnonsense\n'

const told = (step: StartTlsStep): string => (typeof step === "string" ? step : step.reason)

/** What is done after each piece. */
const steps = (...pieces: ReadonlyArray<string>): ReadonlyArray<string> => {
  const dialogue = new StartTlsDialogue()
  return pieces.map((piece) => told(dialogue.push(text.encode(piece))))
}

describe("the clear beginning of a connection with STARTTLS", () => {
  it("an offer is answered by the wish, a confirmation by the handshake", () => {
    assert.deepStrictEqual(steps(offer, yes), ["wish", "handshake"])
  })

  it("says what it waits for", () => {
    const dialogue = new StartTlsDialogue()
    const waits = ["", offer, yes].map((piece) => {
      dialogue.push(text.encode(piece))
      return dialogue.waitsFor
    })
    assert.deepStrictEqual(waits, ["offer", "confirmation", "handshake"])
  })

  it("whatever else is said in clear is not believed, and no second offer is answered", () => {
    assert.deepStrictEqual(steps(other, other + offer + other, offer + other, other + yes), [
      "wait",
      "wish",
      "wait",
      "handshake"
    ])
  })

  it("a confirmation of what was not wished yet confirms nothing", () => {
    assert.deepStrictEqual(steps(yes, yes + offer, "", yes), ["wait", "wish", "wait", "handshake"])
    assert.deepStrictEqual(steps(offer + yes, yes), ["wish", "handshake"])
  })

  it("bytes behind the confirmation are refused, in the same piece, as half a line, or later", () => {
    assert.deepStrictEqual(steps(offer, yes + other), ["wish", "clear_text"])
    assert.deepStrictEqual(steps(offer, `${yes}{"class":`), ["wish", "clear_text"])
    assert.deepStrictEqual(steps(offer, yes, other, ""), ["wish", "handshake", "clear_text", "clear_text"])
  })

  it("a server that declines is refused, and so is a line without an end", () => {
    assert.deepStrictEqual(steps(offer, no, yes), ["wish", "starttls_declined", "clear_text"])
    const long = "x".repeat(1000)
    assert.deepStrictEqual(steps(long, long, long, long, long).at(-1), "line_too_long")
    assert.deepStrictEqual(steps(`${long.repeat(5)}\n`), ["line_too_long"])
  })

  it("wherever the bytes are cut, the same is done", () => {
    fc.assert(
      fc.property(fc.constantFrom(yes, no), fc.array(fc.nat(200)), (answer, cuts) => {
        const dialogue = new StartTlsDialogue()
        const done: Array<string> = []
        for (const bytes of [text.encode(other + offer), text.encode(other + answer)]) {
          const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
          places.forEach((place, at) => {
            const step = told(dialogue.push(bytes.subarray(place, places[at + 1] ?? place)))
            if (step !== "wait" && step !== "clear_text") done.push(step)
          })
        }
        assert.deepStrictEqual(done, ["wish", answer === yes ? "handshake" : "starttls_declined"])
      })
    )
  })
})
