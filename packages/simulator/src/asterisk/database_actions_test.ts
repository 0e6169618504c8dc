import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { converseAs } from "./conversation.ts"
import { SimulatedAsterisk } from "./simulated_asterisk.ts"

describe("AstDB", () => {
  it.effect("keeps, finds, lists and forgets values with Asterisk's words", () =>
    Effect.gen(function* () {
      const asterisk = yield* SimulatedAsterisk.make({ database: [["other", "x", "1"]] })
      const ami = converseAs(asterisk, "cti", "cti-secret")
      assert.strictEqual(
        ami.say("Action: DBPut\nFamily: cti\nKey: name\nVal: Grüße 日本 ☎\nActionID: t-2"),
        "Response: Success\nActionID: t-2\nMessage: Updated database successfully\n\n"
      )
      assert.strictEqual(
        ami.say("Action: DBGet\nFamily: cti\nKey: name\nActionID: t-3"),
        `Response: Success
ActionID: t-3
EventList: start
Message: Result will follow

Event: DBGetResponse
Family: cti
Key: name
Val: Grüße 日本 ☎
ActionID: t-3

Event: DBGetComplete
ActionID: t-3
EventList: Complete
ListItems: 1

`
      )
      ami.raw('Action: DBPut\r\nFamily: cti\r\nKey: odd\r\nVal:   a: "b" ; c\\d  \r\n\r\n')
      assert.strictEqual(asterisk.astDb("cti", "odd"), 'a: "b" ; c\\d  ')
      assert.strictEqual(ami.say("Action: DBGet\nFamily: cti"), "Response: Error\nMessage: No key specified.\n\n")
      assert.strictEqual(ami.say("Action: DBPut\nKey: cti"), "Response: Error\nMessage: No family specified.\n\n")
      const tree = ami.say("Action: DBGetTree\nFamily: cti\nActionID: t-12")
      assert.include(tree, "Event: DBGetTreeResponse\nKey: /cti/name\nVal: Grüße 日本 ☎\nActionID: t-12\n\n")
      assert.include(tree, "Event: DBGetTreeComplete\nActionID: t-12\nEventList: Complete\nListItems: 2\n\n")
      assert.include(ami.say("Action: Command\nCommand: database show cti"), "Output: 2 results found.")

      const remove = "Action: DBDel\nFamily: cti\nKey: name"
      assert.strictEqual(ami.say(remove), "Response: Success\nMessage: Key deleted successfully\n\n")
      assert.strictEqual(ami.say(remove), "Response: Error\nMessage: Database entry could not be deleted\n\n")
      assert.include(ami.say("Action: DBDelTree\nFamily: cti"), "Key tree deleted successfully")
      assert.include(ami.say("Action: DBDelTree\nFamily: cti"), "Database entry not found")
      assert.include(ami.say("Action: DBGet\nFamily: cti\nKey: odd"), "Database entry not found")
      assert.strictEqual(asterisk.astDb("other", "x"), "1")
    })
  )
})
