import { AmiDecoder } from "@ctid/ami/ami_decoder"
import { amiMessage } from "@ctid/ami/packet"
import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { headerObject, messageOf } from "./header_object.ts"

const decode = (...lines: ReadonlyArray<string>) =>
  new AmiDecoder({ greeting: false }).push(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`))

const header = fc.tuple(
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,10}$/),
  fc.string().map((text) => text.trim())
)

describe("packets as the package's objects", () => {
  it("a message without repeated headers survives the way there and back", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("Event", "Response"),
        fc.uniqueArray(header, { selector: ([name]) => name }),
        (kind, rest) => {
          const headers = [[kind, "Name"] as const, ...rest.filter(([name]) => name !== "Event" && name !== "Response")]
          const back = messageOf(headerObject(amiMessage(headers)))
          assert.deepStrictEqual(back.headers, headers)
          assert.deepStrictEqual([back.kind, back.name], [kind.toLowerCase(), "Name"])
        }
      )
    )
  })

  it("a repeated header is an array, but for those that the package takes for texts", () => {
    const [message] = decode("Event: A", "ChanVariable: X=1", "ActionID: 1", "ChanVariable: Y=2", "ActionID: 2", "__proto__: p")
    assert.isDefined(message)
    const object = headerObject(message ?? amiMessage([]))
    assert.deepStrictEqual(Object.entries(object), [
      ["Event", "A"],
      ["ChanVariable", ["X=1", "Y=2"]],
      ["ActionID", "1"],
      ["__proto__", "p"]
    ])
  })

  it("the output of an old answer to Command is made headers again", () => {
    const message = messageOf({ Response: "Follows", Privilege: "Command", ActionID: "7", $content: "a: b\n\nc", $time: 12 })
    assert.deepStrictEqual([message.kind, message.name, message.get("ActionID")], ["response", "Follows", "7"])
    assert.deepStrictEqual(message.all("Output"), ["a: b", "", "c"])
    assert.isUndefined(message.get("$time"))
  })

  it("a packet that the package did not understand gets its headers back", () => {
    const message = messageOf({ Response: null, $content: "Half: yes\r\nA: b: c\r\nodd" })
    assert.strictEqual(message.kind, "other")
    assert.deepStrictEqual(message.headers, [
      ["Half", "yes"],
      ["A", "b: c"],
      ["odd", ""]
    ])
  })
})
