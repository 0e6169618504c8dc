import { assert, describe, it } from "@effect/vitest"
import { amiEvent } from "./ami_event.ts"

describe("an event of a vector", () => {
  it("is told to those who may see its class, without the class itself", () => {
    const given = [
      ["Privilege", "x"],
      ["Hint", "SIP/a"],
      ["Event", "ExtensionStatus"]
    ] as const
    assert.deepStrictEqual(amiEvent(given), {
      privilege: "call",
      event: "ExtensionStatus",
      headers: [["Hint", "SIP/a"]],
      loggedOff: null
    })
    assert.strictEqual(amiEvent([["Event", "QueueMemberPause"]]).privilege, "agent")
    assert.strictEqual(amiEvent([["Event", "AgentConnect"]]).privilege, "agent")
    assert.strictEqual(amiEvent([["Event", "UserEvent"]]).privilege, "user")
  })

  it("says whose logoff it reports", () => {
    const event = (name: string) =>
      amiEvent([
        ["Event", "UserEvent"],
        ["UserEvent", name],
        ["AgentNumber", "2001"]
      ])
    assert.strictEqual(event("AgentLogoff").loggedOff, "2001")
    assert.isNull(event("AgentLogin").loggedOff)
  })
})
