/** A small board, for tests of what is made of it. */
import { type Board, blankItem, type Identity } from "@ctid/client"

const presence = (name: string, longName: string, color: string) =>
  [name, { name, longName, color, allowed: null, actions: [] }] as const

export const identity: Identity = {
  userId: "1",
  ipbxId: "xivo",
  applicationName: "Client",
  presences: new Map([
    presence("available", "Available", "#9BC920"),
    presence("away", "Away", "#FFDD00"),
    presence("disconnected", "Disconnected", "#9E9E9E")
  ]),
  hints: new Map([
    [0, { longName: "Idle", color: "#0DFF25" }],
    [8, { longName: "Ringing", color: "#1B0AFF" }]
  ]),
  services: [],
  preferences: {},
  xlets: []
}

export const board: Board = {
  users: new Map([
    [
      "2",
      {
        ...blankItem.users("2"),
        fullName: "Bob Duval",
        phoneIds: ["11"],
        doNotDisturb: true,
        unconditional: { enabled: true, destination: "1003" },
        presence: "away"
      }
    ],
    ["1", { ...blankItem.users("1"), fullName: "Alice Martin", phoneIds: ["10", "99"], presence: "available" }]
  ]),
  phones: new Map([
    ["11", { id: "11", number: "1002", userId: "2", identity: "PJSIP/1002", hint: 8 }],
    ["10", { id: "10", number: "1001", userId: "1", identity: "PJSIP/1001", hint: 0 }]
  ]),
  agents: new Map([
    [
      "7",
      {
        ...blankItem.agents("7"),
        number: "8001",
        firstName: "Alice",
        lastName: "Martin",
        extension: "1001",
        availability: "available",
        queueIds: ["5"]
      }
    ]
  ]),
  queues: new Map([["5", { ...blankItem.queues("5"), name: "support", displayName: "Support", number: "3001" }]]),
  queuemembers: new Map([
    [
      "Agent/8001,support",
      {
        ...blankItem.queuemembers("Agent/8001,support"),
        queueName: "support",
        memberName: "Agent/8001",
        paused: true,
        status: 1
      }
    ],
    [
      "PJSIP/1002,support",
      { ...blankItem.queuemembers("PJSIP/1002,support"), queueName: "support", memberName: "PJSIP/1002", status: 6 }
    ]
  ]),
  voicemails: new Map([["3", { id: "3", mailbox: "1001", context: "default", newMessages: 1 }]])
}
