/** A small company for tests of the picture and of the telephony. */
import { type Agent, type DirectorySnapshot, type Line, snapshotOf } from "@ctid/core/directory/directory"
import type { AmiMessage } from "../ami_message.ts"
import { amiMessage } from "../packet.ts"

export const line = (id: number, number: string, context: string, device: string): Line => ({
  id,
  protocol: device.split("/", 1)[0]?.toLowerCase() ?? "",
  name: device.split("/")[1] ?? device,
  device,
  context,
  number,
  callerId: null,
  userId: null
})

/** A phone with a hint. */
export const blue = line(11, "1001", "ctx-a", "PJSIP/k3x9q1")
export const green = line(12, "1002", "ctx-a", "SIP/p7m2z8")
export const red = line(13, "2001", "ctx-b", "Custom:2001")

export const agent = (id: number, number: string, queues: Agent["queues"]): Agent => ({
  id,
  number,
  firstName: "Agent",
  lastName: number,
  context: "ctx-a",
  queues,
  wrapUpSeconds: null
})

export const anna = agent(7, "2001", [
  { queue: "support", penalty: 2 },
  { queue: "sales", penalty: 0 }
])
export const idle = agent(8, "2002", [])

export const snapshot: DirectorySnapshot = snapshotOf({
  serverUuid: "6d1f2a90-51c4-4f0e-9a37-2b8c7d5e4f10",
  users: [],
  lines: [blue, green, red],
  agents: [anna, idle],
  queues: [],
  voicemails: [{ id: 3, mailbox: "1001", context: "ctx-a" }],
  profiles: [],
  presenceGroups: [],
  hintGroups: new Map()
})

/** An event of Asterisk. */
export const event = (name: string, headers: Readonly<Record<string, string>> = {}): AmiMessage =>
  amiMessage([["Event", name], ...Object.entries(headers)])
