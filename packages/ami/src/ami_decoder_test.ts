import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import fc from "fast-check"
import { AmiDecoder, type AmiDecoderOptions } from "./ami_decoder.ts"
import { encodeAction } from "./ami_encoder.ts"
import type { AmiMessage } from "./ami_message.ts"

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Cuts bytes at the given places, each part in memory of its own. */
const cut = (bytes: Uint8Array, places: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...at].map((from, i) => bytes.slice(from, at[i] ?? bytes.length))
}

const decode = (chunks: ReadonlyArray<Uint8Array>, options?: AmiDecoderOptions) => {
  const decoder = new AmiDecoder(options)
  const messages = chunks.flatMap((chunk) => decoder.push(chunk))
  return { decoder, messages }
}

const plain = (messages: ReadonlyArray<AmiMessage>) =>
  messages.map((message) => ({ kind: message.kind, name: message.name, headers: message.headers }))

const one = (text: string): AmiMessage => {
  const { messages } = decode([utf8(text)], { greeting: false })
  assert.strictEqual(messages.length, 1)
  const [message] = messages
  if (message === undefined) throw new Error("no message")
  return message
}

const conversation = [
  "Asterisk Call Manager/11.0.0\r\n",
  "Response: Success\r\nActionID: t-1\r\nMessage: Authentication accepted\r\n\r\n",
  "Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n",
  "\r\n",
  "Event: QueueMemberAdded\r\nMemberName: Agent Ü ☎ 日本\r\nInterface: Local/1001@phones/n\r\nPausedReason: \r\n\r\n",
  "Response: Success\r\nActionID: t-2\r\nMessage: Command output follows\r\nOutput: \r\nOutput:   -= Hints =-\r\nOutput: a: b\r\n\r\n",
  "Response: Follows\r\nPrivilege: Command\r\nActionID: t-3\r\nName: Value\r\n\r\nEvent: Fake\nlast\n--END COMMAND--\r\n\r\n",
  "Event: Odd\r\nAppData: one\ntwo\n\nthree\r\nX:no blank\r\nchan(Local/1@a;1): TENANT=a\r\n\r\n",
  `Event: Long\r\n${Array.from({ length: 200 }, (_, i) => `ChanVariable: V${i}=${"x".repeat(i)}\r\n`).join("")}\r\n`
].join("")

describe("AmiDecoder", () => {
  it("gives the same messages however the bytes are split", () => {
    const bytes = utf8(conversation)
    const whole = decode([bytes])
    assert.strictEqual(whole.messages.length, 7)
    assert.strictEqual(whole.decoder.greeting, "Asterisk Call Manager/11.0.0")
    const expected = plain(whole.messages)
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 40 }), (places) => {
        const { decoder, messages } = decode(cut(bytes, places))
        assert.deepStrictEqual(plain(messages), expected)
        assert.strictEqual(decoder.greeting, "Asterisk Call Manager/11.0.0")
        assert.strictEqual(decoder.pending, 0)
        assert.isNull(decoder.error)
      })
    )
    assert.deepStrictEqual(plain(decode(Array.from(bytes, (byte) => Uint8Array.of(byte))).messages), expected)
    for (let at = 1; at < 900; at++) assert.deepStrictEqual(plain(decode(cut(bytes, [at])).messages), expected)
  })

  it("splits anywhere when carriage returns and line feeds are in disorder", () => {
    const soup = fc.array(
      fc.constantFrom("\r\n", "\r\n\r\n", "\n", "\r", "Event: a", "b: c", "Response: Follows", "--END COMMAND--"),
      {
        maxLength: 20
      }
    )
    fc.assert(
      fc.property(soup, fc.array(fc.nat(300), { maxLength: 10 }), (parts, places) => {
        const bytes = utf8(parts.join(""))
        const options = { greeting: false }
        assert.deepStrictEqual(plain(decode(cut(bytes, places), options).messages), plain(decode([bytes], options).messages))
      }),
      { numRuns: 500 }
    )
  })

  it("reads back what the encoder wrote", () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/)
    // Asterisk and this decoder take one blank after the colon for theirs
    const value = fc.string({ unit: "grapheme", maxLength: 60 }).map((text) => text.replace(/[\r\n\0]/g, ""))
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 20 }), (headers) => {
        const bytes = Result.getOrThrow(encodeAction(headers))
        const { messages } = decode([bytes], { greeting: false })
        assert.deepStrictEqual(
          messages.map((message) => message.headers),
          [headers]
        )
      })
    )
  })

  it("keeps repeated headers in order, and finds names in any case", () => {
    const message = one("Event: TestEvent\r\nState: one\r\nAppFile: f\r\nstate: two\r\n\r\n")
    assert.strictEqual(message.get("STATE"), "one")
    assert.deepStrictEqual(message.all("State"), ["one", "two"])
    assert.strictEqual(message.get("missing"), undefined)
    assert.deepStrictEqual(message.all("missing"), [])
    assert.strictEqual(message.get("__proto__"), undefined)
  })

  it("trims nothing but one blank after the colon", () => {
    const message = one("Event: DBGetResponse\r\nKey:k\r\nVal:   a: b  \r\n\r\n")
    assert.strictEqual(message.get("Key"), "k")
    assert.strictEqual(message.get("Val"), "  a: b  ")
  })

  it("takes a lone line feed for a part of the value, never for the end of a header or packet", () => {
    const message = one("Event: Newexten\r\nAppData: a\nEvent: Forged\n\nb\r\nPriority: 1\r\n\r\n")
    assert.deepStrictEqual(message.headers, [
      ["Event", "Newexten"],
      ["AppData", "a\nEvent: Forged\n\nb"],
      ["Priority", "1"]
    ])
  })

  it("goes by the first header: an OriginateResponse is an event though it has a Response", () => {
    const event = one("Event: OriginateResponse\r\nResponse: Failure\r\nReason: 3\r\n\r\n")
    assert.strictEqual(event.kind, "event")
    assert.strictEqual(event.name, "OriginateResponse")
    assert.strictEqual(event.get("Response"), "Failure")
    assert.strictEqual(one("response: Goodbye\r\n\r\n").kind, "response")
    assert.strictEqual(one("Half: yes\r\n\r\n").kind, "other")
    const bare = one("nothing\r\n\r\n")
    assert.deepStrictEqual([bare.kind, bare.name], ["other", ""])
  })

  it("gives the output of an old Command as Output headers, empty lines included", () => {
    const { messages } = decode([
      utf8(
        "Asterisk Call Manager/1.1\r\nResponse: Follows\r\nPrivilege: Command\r\nActionID: 7\r\nPrivilege: not one\r\n\r\nx: y\n  last\n--END COMMAND--\r\n\r\nEvent: Next\r\n\r\n"
      )
    ])
    assert.deepStrictEqual(
      messages.map((message) => message.name),
      ["Follows", "Next"]
    )
    assert.strictEqual(messages[0]?.get("ActionID"), "7")
    assert.deepStrictEqual(messages[0]?.all("Output"), ["Privilege: not one", "", "x: y", "  last"])
  })

  it("refuses what does not greet as Asterisk does, as soon as that can be seen", () => {
    for (const text of [
      "HTTP/1.1 400 Bad Request\r\n",
      "SSH-2",
      "Asterisk Call Manag\r\n",
      `Asterisk Call Manager/${"9".repeat(300)}`
    ]) {
      const { decoder, messages } = decode([utf8(text)])
      assert.deepStrictEqual(messages, [])
      assert.strictEqual(decoder.error?.reason, "not_ami")
      assert.deepStrictEqual(decoder.push(utf8("Asterisk Call Manager/1\r\nEvent: x\r\n\r\n")), [])
    }
    assert.isNull(decode([utf8("Aster")]).decoder.error)
  })

  it("stops at a packet over the limit, finished or not, and gives those before it", () => {
    const long = `Event: B\r\nX: ${"x".repeat(100)}\r\n\r\n`
    const bytes = utf8(`Event: A\r\n\r\n${long}Event: C\r\n\r\n`)
    for (const chunks of [[bytes], Array.from(bytes, (byte) => Uint8Array.of(byte))]) {
      const { decoder, messages } = decode(chunks, { greeting: false, maxPacketBytes: 64 })
      assert.deepStrictEqual(
        messages.map((message) => message.name),
        ["A"]
      )
      assert.strictEqual(decoder.error?.reason, "packet_too_large")
      assert.strictEqual(decoder.pending, 0)
    }
    assert.strictEqual(decode([utf8(long)], { greeting: false, maxPacketBytes: long.length }).messages.length, 1)
  })

  it("stops at a packet of too many lines", () => {
    const lines = (count: number) => utf8(`${"A: b\r\n".repeat(count)}\r\n`)
    assert.strictEqual(decode([lines(50)], { greeting: false, maxHeaders: 50 }).messages.length, 1)
    const { decoder, messages } = decode([lines(51)], { greeting: false, maxHeaders: 50 })
    assert.deepStrictEqual(messages, [])
    assert.strictEqual(decoder.error?.reason, "too_many_headers")
  })

  it("is linear: a megabyte in small pieces is decoded once", () => {
    const bytes = utf8(`Response: Success\r\n${"Output: some line of output, with text\r\n".repeat(25_000)}\r\n`)
    const chunks: Array<Uint8Array> = []
    for (let at = 0; at < bytes.length; at += 1448) chunks.push(bytes.subarray(at, at + 1448))
    const { messages } = decode(chunks, { greeting: false })
    assert.strictEqual(messages[0]?.all("output").length, 25_000)
  })

  it("does not mix up an unfinished packet with the bytes of a message that waits to be read", () => {
    const decoder = new AmiDecoder({ greeting: false })
    decoder.push(utf8("Event: A\r\nX: "))
    const [a] = decoder.push(utf8("first\r\n\r\nEvent: B\r\nX: "))
    const [b] = decoder.push(utf8("second\r\n\r\n"))
    assert.strictEqual(a?.get("X"), "first")
    assert.strictEqual(b?.get("X"), "second")
  })
})
