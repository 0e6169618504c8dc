import { commandForms } from "@ctid/core/protocol/client_command"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import fc from "fast-check"
import { clientMessage } from "./client_message.ts"
import { hostileText, LINE_BREAKERS } from "./hostile_text.ts"
import { amiComplaint } from "./recorded_ami.ts"
import { knownFields, knownNumbers, knownWords, openOffice, runQuietly } from "./two_companies_fixture.ts"

/** Likely words as they are, and now and then one with harm behind it. */
const spoilt = (words: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...words,
  ...words,
  ...words.map((word, at) => word + (LINE_BREAKERS[at % LINE_BREAKERS.length] ?? ""))
]

const message = clientMessage(
  {
    text: hostileText(knownWords),
    numbers: knownNumbers,
    fields: Object.fromEntries(Object.entries(knownFields).map(([name, words]) => [name, spoilt(words)]))
  },
  // after it nothing is listened to any more
  commandForms.filter((form) => form.class !== "logout")
)

describe("nothing that a client can send", () => {
  it("reaches Asterisk as a header or an action of its own", async () => {
    const actions = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 60, size: "max" }), (messages) =>
        runQuietly(
          Effect.gen(function* () {
            const office = yield* openOffice("both")
            const alice = yield* office.signIn("alice")
            yield* alice.say({ class: "ipbxcommand", command: "agentlogin" })
            const stranger = yield* office.dial
            yield* stranger.say(...messages)
            yield* alice.say(...messages)
            const written = office.written()
            for (const [, action = ""] of written.matchAll(/^Action: (.*)\r$/gm)) actions.add(action)
            assert.isNull(amiComplaint(written))
            assert.isFalse(alice.ended())
          })
        )
      ),
      { numRuns: 100 }
    )
    // the messages did reach what makes actions
    for (const action of ["DBPut", "DBDel", "QueueAdd", "QueueRemove", "QueuePause", "QueueLog", "Setvar", "Originate"]) {
      assert.include([...actions], action)
    }
  }, 60_000)
})

describe("the judge of what was written", () => {
  const packet = (...lines: ReadonlyArray<string>): string => `${lines.join("\r\n")}\r\n\r\n`
  const put = (id: number) => packet("Action: DBPut", `ActionID: ctid-1de754-1-${id}`, "Family: DND", "Key: a-1001", "Val: YES")
  const good = put(1)

  it("finds nothing in what is right", () => {
    assert.isNull(amiComplaint(""))
    assert.isNull(amiComplaint(put(1) + put(2)))
  })

  for (const [what, wrong] of [
    ["a header too many", good.replace("YES", "YES\r\nVariable: x=1")],
    ["the same header twice", good.replace("YES", "YES\r\nVal: NO")],
    ["an action too many", good + packet("Action: Command", "Command: core stop now")],
    ["an action inside another", good.replace("YES", "YES\r\n\r\nAction: Originate")],
    ["the same with an id", good.replace("YES", "YES\r\n\r\nAction: Originate\r\nActionID: 2")],
    ["the same action twice", good + good],
    ["a line feed", good.replace("YES", "YES\nVal: NO")],
    ["a carriage return", good.replace("YES", "YES\rVal: NO")],
    ["NUL", good.replace("YES", "YES\0")],
    ["a line that is no header", good.replace("Val: YES", "Val")],
    ["half a packet", good.slice(0, -2)]
  ] as const) {
    it(`finds ${what}`, () => assert.isNotNull(amiComplaint(wrong)))
  }
})
