import { commandForms, decodeCommand } from "@ctid/core/protocol/client_command"
import { assert, describe, it } from "@effect/vitest"
import type * as SchemaAST from "effect/SchemaAST"
import fc from "fast-check"
import { clientMessage } from "./client_message.ts"
import { hostileText } from "./hostile_text.ts"

const UUID = "0b7e9a1c-3d52-4c86-8f14-000000000001"
const vocabulary = {
  text: hostileText(["7", "xivo/7"]),
  numbers: [7],
  fields: { "to[0]": [UUID], "to[1]": [UUID] }
}

const holdsText = (ast: SchemaAST.AST): boolean => {
  switch (ast._tag) {
    case "Union":
      return ast.types.some(holdsText)
    case "Arrays":
      return [...ast.elements, ...ast.rest].some(holdsText)
    default:
      return ast._tag !== "Number" && ast._tag !== "Null"
  }
}

describe("messages of clients", () => {
  it("are made of every form there is, and each can be read as a command of it", () => {
    for (const form of commandForms) {
      const messages = fc.sample(clientMessage(vocabulary, [form]), { numRuns: 50, seed: 1 })
      const read = messages.filter((message) => "_tag" in decodeCommand(JSON.stringify(message)))
      const good = read.filter(
        (message) => !["BadFields", "UnknownClass"].includes(decodeCommand(JSON.stringify(message))._tag)
      )
      assert.isAbove(good.length, 10, `${form.class} ${form.command}`)
    }
  })

  it("carry harm in every text of every form", () => {
    for (const form of commandForms) {
      for (const { name, type } of form.fields.ast.propertySignatures) {
        if (name === "commandid" || !holdsText(type)) continue
        const messages = fc.sample(clientMessage(vocabulary, [form]), { numRuns: 300, seed: 1 })
        const spoilt = messages.filter((message) => /\\r\\nAction/.test(JSON.stringify(message[String(name)]) ?? ""))
        assert.isAbove(spoilt.length, 0, `${form.class} ${form.command} ${String(name)}`)
      }
    }
  })
})
