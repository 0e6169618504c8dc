import { readMessage } from "@ctid/client/server_message"
import { commandForms, decodeCommand } from "@ctid/core/protocol/client_command"
import { tlsCredentialsProblem } from "@ctid/platform-node/tls_credentials"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Seeded } from "../seeded.ts"
import { makeCorpus } from "./corpus.ts"
import { checkDecoder, DECODERS } from "./decoders.ts"
import { readCase, TARGETS, writeCase } from "./fuzz_case.ts"
import { generateCase } from "./generate_case.ts"
import { joinBytes } from "./mutate_bytes.ts"

const corpus = makeCorpus("a seed")

describe("the corpus", () => {
  it.effect("has a valid message of each command", () =>
    Effect.gen(function* () {
      const { messages } = yield* corpus
      const valid = messages.filter((message) => {
        const command = decodeCommand(JSON.stringify(message))._tag
        return !["NotJson", "NotACommand", "UnknownClass", "BadFields"].includes(command)
      }) as ReadonlyArray<{ readonly class: string; readonly command?: string }>
      for (const { class: name, command } of commandForms) {
        const found = valid.some((message) => message.class === name && (command === null || message.command === command))
        assert.isTrue(found, `${name} ${command}`)
      }
    })
  )

  it.effect("has messages of servers that a client understands, and a certificate with its key", () =>
    Effect.gen(function* () {
      const { answers, pem } = yield* corpus
      const kinds = answers.map((answer) => readMessage(JSON.stringify(answer)).message._tag)
      assert.isAbove(kinds.filter((kind) => kind !== "Unknown").length, 50)
      const [text = ""] = pem
      const credentials = { certificate: text, key: Redacted.make(text), clientCa: text, minVersion: "TLSv1.2" } as const
      assert.isNull(tlsCredentialsProblem(credentials))
    })
  )

  it.effect("is what the decoders read without complaint, in one piece and byte by byte", () =>
    Effect.gen(function* () {
      const made = yield* corpus
      for (const decoder of DECODERS) {
        for (const text of decoder.corpus(made).slice(0, 100)) {
          const bytes = new TextEncoder().encode(text)
          assert.isNull(checkDecoder(decoder.name, [bytes]))
          if (bytes.length < 2000)
            assert.isNull(
              checkDecoder(
                decoder.name,
                [...bytes].map((byte) => Uint8Array.of(byte))
              )
            )
        }
      }
    })
  )
})

describe("attacks", () => {
  it.effect("follow from the seed, for every target, and survive being written down", () =>
    Effect.gen(function* () {
      const made = yield* corpus
      for (const target of TARGETS) {
        for (let seed = 0; seed < 20; seed++) {
          const one = generateCase(target, made, new Seeded(seed))
          assert.strictEqual(one.target, target)
          assert.isNotEmpty(one.steps, target)
          const again = readCase(JSON.parse(JSON.stringify(writeCase(generateCase(target, made, new Seeded(seed))))))
          assert.deepStrictEqual(again, one)
        }
      }
    })
  )

  it("on a decoder that is none are told", () => {
    assert.strictEqual(checkDecoder("nothing", [joinBytes([])]), "there is no decoder nothing")
  })
})
