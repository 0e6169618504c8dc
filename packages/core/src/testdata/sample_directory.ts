/** A small directory for the tests of the model: two companies on one PBX. */
import * as Redacted from "effect/Redacted"
import { type DirectoryData, type DirectorySnapshot, snapshotOf, type User } from "../directory/directory.ts"

const user = (id: number, login: string, changes: Partial<User> = {}): User => ({
  id,
  uuid: `0b7e9a1c-3d52-4c86-8f14-${String(id).padStart(12, "0")}`,
  firstName: login,
  lastName: "",
  fullName: login,
  login,
  password: { kind: "plain", value: Redacted.make(`${login}-word`) },
  enabled: true,
  profileId: 3,
  agentId: null,
  voicemailId: null,
  lineIds: [id * 10],
  mobilePhoneNumber: "",
  voicemailEnabled: false,
  ...changes
})

const line = (id: number, number: string, context: string, userId: number) => ({
  id,
  protocol: "pjsip",
  name: number,
  device: `PJSIP/${number}`,
  context,
  number,
  callerId: null,
  userId
})

/** alice (agent 7) and bob in company `a`, carol in `b`, noline without line, noprofile, and off who may not sign in. */
export const sampleData: DirectoryData = {
  serverUuid: "6d1f2a90-51c4-4f0e-9a37-2b8c7d5e4f10",
  users: [
    user(1, "alice", { agentId: 7, voicemailId: 3 }),
    user(2, "bob"),
    user(3, "carol"),
    user(4, "noline", { lineIds: [] }),
    user(5, "noprofile", { profileId: null }),
    user(6, "off", { enabled: false }),
    user(7, "hashed", { password: { kind: "hash", value: Redacted.make("$argon2id$none") } })
  ],
  lines: [line(10, "1001", "a", 1), line(20, "1002", "a", 2), line(30, "2001", "b", 3), line(70, "1007", "a", 7)],
  agents: [
    {
      id: 7,
      number: "2001",
      firstName: "Alice",
      lastName: "Agent",
      context: "a",
      queues: [
        { queue: "support", penalty: 2 },
        { queue: "callback", penalty: 0 }
      ],
      wrapUpSeconds: null
    }
  ],
  queues: [
    {
      id: 5,
      name: "support",
      displayName: "Support",
      number: "3001",
      context: "a",
      staticMembers: [{ member: "PJSIP/1002", penalty: 1 }]
    },
    { id: 6, name: "callback", displayName: "Callback", number: "3002", context: "a", staticMembers: [] },
    { id: 8, name: "sales", displayName: "Sales", number: "3003", context: "b", staticMembers: [] }
  ],
  voicemails: [{ id: 3, mailbox: "1001", context: "a" }],
  profiles: [
    {
      id: 3,
      name: "Client",
      xlets: [
        { name: "identity", layout: "grid", floating: false, closable: false, movable: false, scrollable: false, order: 0 },
        { name: "queues", layout: "dock", floating: true, closable: true, movable: true, scrollable: true, order: 1 }
      ],
      presenceGroup: "g",
      hintGroup: "h",
      services: [],
      preferences: {}
    }
  ],
  presenceGroups: [
    {
      name: "g",
      presences: new Map(
        (
          [
            [
              "available",
              ["away", "donotdisturb"],
              [
                ["enablednd", "false"],
                ["queueunpause_all", ""]
              ]
            ],
            ["away", ["available"], []],
            [
              "donotdisturb",
              ["available"],
              [
                ["enablednd", "true"],
                ["queuepause_all", ""]
              ]
            ],
            ["disconnected", null, [["agentlogoff", ""]]]
          ] as const
        ).map(([name, allowed, actions]) => [name, { name, longName: name, color: "#08FD20", allowed, actions }])
      )
    }
  ],
  hintGroups: new Map([["h", new Map([["0", { longName: "Available", color: "#0DFF25" }]])]])
}

export const sampleDirectory: DirectorySnapshot = snapshotOf(sampleData)

/** The sample, where `away` is taken after a minute of doing nothing. */
export const idlingData: DirectoryData = {
  ...sampleData,
  presenceGroups: sampleData.presenceGroups.map(({ name, presences }) => ({
    name,
    presences: new Map(
      [...presences].map(([key, presence]) => [
        key,
        key === "away" ? { ...presence, automatic: "idle" as const, idleAfter: 60_000 } : presence
      ])
    )
  }))
}
