/** The people of a bench: one user, one line each, in so many contexts. */
import type { DirectoryData } from "@ctid/core"
import * as Redacted from "effect/Redacted"

export const loginOf = (n: number): string => `u${n}`
export const PASSWORD = "bench-password"

export const people = (users: number, contexts: number): DirectoryData => ({
  serverUuid: "6d1f2a90-51c4-4f0e-9a37-2b8c7d5e4f10",
  users: Array.from({ length: users }, (_, n) => ({
    id: n + 1,
    uuid: `00000000-0000-4000-8000-${String(n + 1).padStart(12, "0")}`,
    firstName: "User",
    lastName: String(n),
    fullName: `User ${n}`,
    login: loginOf(n),
    // the hash is excluded: what is measured is the server, not Argon2id
    password: { kind: "plain", value: Redacted.make(PASSWORD) },
    enabled: true,
    profileId: 1,
    agentId: null,
    voicemailId: null,
    lineIds: [n + 1],
    mobilePhoneNumber: "",
    voicemailEnabled: false
  })),
  lines: Array.from({ length: users }, (_, n) => ({
    id: n + 1,
    protocol: "pjsip",
    name: `u${n}`,
    device: `PJSIP/u${n}`,
    context: `ctx-${n % contexts}`,
    number: String(10_000 + n),
    callerId: null,
    userId: n + 1
  })),
  agents: [],
  queues: [],
  voicemails: [],
  profiles: [
    { id: 1, name: "Client", xlets: [], presenceGroup: "g", hintGroup: "h", services: ["enablednd"], preferences: {} }
  ],
  presenceGroups: [
    {
      name: "g",
      presences: new Map(
        ["available", "away", "disconnected"].map((name) => [
          name,
          { name, longName: name, color: "#08FD20", allowed: ["available", "away"], actions: [] }
        ])
      )
    }
  ],
  hintGroups: new Map([["h", new Map([["0", { longName: "Available", color: "#0DFF25" }]])]])
})
