import { snapshotOf } from "@ctid/core/directory/directory"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { directoryData } from "./directory_data.ts"

const state = {
  xivo_uuid: "6d1f2a90-51c4-4f0e-9a37-2b8c7d5e4f10",
  profiles: {
    "3": {
      name: "Client",
      xlets: [{ name: "queues", layout: "dock", floating: true, order: 1 }],
      userstatus: "xivo",
      phonestatus: "xivo",
      services: "itm_services",
      preferences: "itm_preferences"
    }
  },
  services: { itm_services: ["enablednd"] },
  preferences: { itm_preferences: { "xlet.identity.logagent": "1" } },
  userstatus: {
    xivo: {
      away: { longname: "Away", color: "#FDE50A", allowed: ["away"], actions: { enablednd: "True" } },
      disconnected: { longname: "Disconnected", color: "#202020" }
    }
  },
  phonestatus: { xivo: { "8": { longname: "Ringing", color: "#1B0AFF" } } },
  users: [
    {
      id: 42,
      uuid: "u",
      firstname: "Blue",
      lastname: "Desk",
      login: "blue",
      password: "s3cret",
      cti_profile_id: 3,
      lines: ["11"]
    },
    { id: 46, firstname: "Red", lastname: "Desk", lines: [] }
  ],
  lines: [{ id: 11, protocol: "sip", name: "k3x9q1", context: "ctx-a", number: "1001", user: 42 }],
  agents: [{ id: 7, number: "2001", firstname: "Blue", lastname: "Agent", context: "ctx-a" }],
  queues: [{ id: 5, name: "support", displayname: "Support", number: "3001", context: "ctx-a" }],
  queuemembers: [
    { queue: "support", member: "Agent/2001", penalty: 2 },
    { queue: "support", member: "SIP/k3x9q1", penalty: 0 }
  ],
  voicemails: [{ id: 3, mailbox: "1001", context: "ctx-a" }]
}

describe("the stored objects as a directory", () => {
  const directory = snapshotOf(directoryData(state))

  it("have users with plain secrets, also those who cannot sign in", () => {
    const blue = directory.users.get(42)
    assert.strictEqual(blue?.password.kind, "plain")
    assert.strictEqual(blue === undefined ? "" : Redacted.value(blue.password.value), "s3cret")
    assert.deepInclude(blue, { fullName: "Blue Desk", profileId: 3, lineIds: [11], agentId: null, enabled: true })
    assert.deepInclude(directory.users.get(46), { fullName: "Red Desk", login: "", profileId: null, lineIds: [] })
  })

  it("have lines, agents with their queues, and queues with their other members", () => {
    assert.deepInclude(directory.linesByExtension.get("1001@ctx-a"), { id: 11, device: "SIP/k3x9q1", userId: 42 })
    assert.deepStrictEqual(directory.agents.get(7)?.queues, [{ queue: "support", penalty: 2 }])
    assert.deepStrictEqual(directory.queues.get(5)?.staticMembers, [{ member: "SIP/k3x9q1", penalty: 0 }])
    assert.strictEqual(directory.voicemailsByName.get("1001@ctx-a")?.id, 3)
  })

  it("have profiles with what they name", () => {
    assert.deepInclude(directory.profiles.get(3), {
      services: ["enablednd"],
      preferences: { "xlet.identity.logagent": "1" },
      presenceGroup: "xivo"
    })
    assert.deepInclude(directory.profiles.get(3)?.xlets[0], { layout: "dock", floating: true, closable: false, order: 1 })
  })

  it("have presences with their actions in order, and hint colours", () => {
    const presences = directory.presenceGroups.get("xivo")?.presences
    assert.deepInclude(presences?.get("away"), { allowed: ["away"], actions: [["enablednd", "True"]] })
    assert.deepInclude(presences?.get("disconnected"), { allowed: null, actions: [] })
    assert.deepStrictEqual(directory.hintGroups.get("xivo")?.get("8"), { longName: "Ringing", color: "#1B0AFF" })
  })

  it("are refused with the place of what is wrong", () => {
    assert.throws(() => directoryData({ ...state, lines: [{ id: "x" }] }), /lines\[0\]\.id must be a whole number/)
  })
})
