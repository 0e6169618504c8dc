import { readAction } from "@ctid/core/presence/action"
import { reachable } from "@ctid/core/presence/reachability"
import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { presenceGroups, UNKNOWN_PRESENCE } from "./presence_arbitraries.ts"
import { type Asked, askedBy, mayChoose } from "./specification.ts"

/** What the server makes of an action, in the words of the specification. */
const read = (name: string, parameter: string): Asked | null => {
  const action = readAction(name, parameter)
  if (action === "unknown") return null
  if (action === "without_effect") return {}
  switch (action._tag) {
    case "DoNotDisturb":
      return { doNotDisturb: action.on }
    case "PauseAll":
      return { paused: action.paused }
    case "AgentLogoff":
      return { loggedOff: true }
  }
}

/** Those of reference 5.3, and some that nobody knows. */
const actions = [
  "enablednd",
  "enablevoicemail",
  "callrecord",
  "incallfilter",
  "enableunc",
  "enablebusy",
  "enablerna",
  "queueadd",
  "queueremove",
  "queuepause",
  "queueunpause",
  "queuepause_all",
  "queueunpause_all",
  "agentlogoff",
  "EnableDnd",
  "enabledndd",
  "constructor",
  ""
]

describe("the server does as the specification says", () => {
  it("with every action and parameter", () => {
    for (const name of actions) {
      for (const parameter of ["true", "false", "yes", "True", "1", ""]) {
        assert.deepStrictEqual(read(name, parameter), askedBy([name, parameter]), `${name}: ${parameter}`)
      }
    }
  })

  it("with every step from a presence to another", () => {
    fc.assert(
      fc.property(presenceGroups(), (group) => {
        const names = [...group.presences.keys(), "disconnected", UNKNOWN_PRESENCE]
        for (const from of names) {
          for (const to of names) {
            assert.strictEqual(reachable(group, from, to), mayChoose(group, from, to), `${from} -> ${to}`)
          }
        }
      }),
      { numRuns: 1000 }
    )
  })
})
