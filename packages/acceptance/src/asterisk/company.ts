/** `ctid.yml` for the rig's Asterisk: the people of its two companies. */
import type { AsteriskInfo } from "./asterisk.ts"

const staff = {
  available: {
    color: "#9BC920",
    allowed: ["away", "donotdisturb"],
    actions: { enablednd: "false", queueunpause_all: "" }
  },
  away: { color: "#FFDD00", allowed: ["available", "donotdisturb"], actions: { enablednd: "false" } },
  donotdisturb: {
    color: "#D13224",
    allowed: ["available", "away"],
    actions: { enablednd: "true", queuepause_all: "" }
  },
  disconnected: { color: "#9E9E9E", actions: { agentlogoff: "" } }
}

/** Login and password are the same. */
const user = (id: number, login: string, line: number, agent: number | null = null) => ({
  id,
  login,
  plain_password: login,
  lines: [line],
  agent
})

/** Ids on the wire. */
export const ids = {
  alice: "1",
  bob: "2",
  carol: "3",
  dave: "4",
  erin: "5",
  phone1001: "11",
  phone1002: "12",
  phone1003: "13",
  phone2001: "21",
  agent4001: "31",
  support: "41",
  callback: "42",
  voicemail: "51"
} as const

/** What a test changes. */
export interface ConfigChanges {
  readonly ami?: Readonly<Record<string, unknown>>
  readonly templates?: Readonly<Record<string, string>>
  /** Ports beside that of the clients: `fast_agi`. They are opened, anywhere on loopback. */
  readonly ports?: ReadonlyArray<"web_interface" | "info" | "announce" | "fast_agi">
  /** Seconds between two readings of what has no device state. */
  readonly pollInterval?: number
  /** Beside `staff`. */
  readonly presenceGroups?: Readonly<Record<string, unknown>>
  /** What phones are told of presences; default: nothing. */
  readonly phones?: Readonly<
    Partial<
      Record<keyof typeof staff, { readonly phone_state?: string; readonly phone_lamp?: boolean; readonly automatic?: string }>
    >
  >
}

/** The configuration, as an object that JSON writes and YAML reads. */
export const companyConfig = (asterisk: AsteriskInfo, changes: ConfigChanges = {}): Readonly<Record<string, unknown>> => ({
  server: { context_separation: true },
  listeners: {
    cti: { address: "127.0.0.1", port: 0 },
    ...Object.fromEntries(
      (["web_interface", "info", "announce", "fast_agi"] as const).map((name) => [
        name,
        { enabled: changes.ports?.includes(name) === true, port: 0 }
      ])
    )
  },
  ami: {
    username: asterisk.username,
    password: asterisk.secret,
    address: asterisk.host,
    port: asterisk.port,
    retry_longest: 1,
    retry_refused: 1,
    // the same people over the other driver: CTID_AMI_DRIVER=asterisk-ami-client npm run test:asterisk
    ...(process.env.CTID_AMI_DRIVER === undefined ? {} : { driver: process.env.CTID_AMI_DRIVER }),
    ...changes.ami
  },
  // What is dialled at a phone without a device state is read this often: a second, so that a test need not wait for a minute.
  telephony: { poll_interval: changes.pollInterval ?? 1, templates: changes.templates ?? {} },
  log: { level: "debug" },
  presence_groups: {
    staff: Object.fromEntries(
      Object.entries(staff).map(([name, presence]) => [name, { ...presence, ...changes.phones?.[name as keyof typeof staff] }])
    ),
    ...changes.presenceGroups
  },
  profiles: [{ id: 1, name: "Client", presences: "staff" }],
  users: [
    { ...user(1, "alice", 11, 31), voicemail: 51 },
    user(2, "bob", 12),
    user(3, "carol", 13, 32),
    user(4, "dave", 21, 33),
    user(5, "erin", 22)
  ],
  lines: [
    { id: 11, number: "1001", context: "tenant-a" },
    { id: 12, number: "1002", context: "tenant-a", protocol: "custom", device: "Custom:1002" },
    { id: 13, number: "1003", context: "tenant-a" },
    { id: 21, number: "2001", context: "tenant-b" },
    { id: 22, number: "2002", context: "tenant-b", protocol: "custom", device: "Custom:2002" }
  ],
  agents: [
    { id: 31, number: "4001", context: "tenant-a", queues: [{ queue: "support", penalty: 1 }, { queue: "callback" }] },
    { id: 32, number: "4002", context: "tenant-a", queues: [{ queue: "support" }] },
    { id: 33, number: "4003", context: "tenant-b", queues: [{ queue: "sales" }] }
  ],
  queues: [
    { id: 41, name: "support", number: "8001", context: "tenant-a" },
    { id: 42, name: "callback", number: "8002", context: "tenant-a" },
    { id: 43, name: "sales", number: "8003", context: "tenant-b" }
  ],
  voicemails: [{ id: 51, mailbox: "1001", context: "tenant-a" }]
})
