/** The `ctid.yml` of a soak, as data: YAML reads JSON too. */
import { type SoakUser, type Stage, thingsOf } from "./population.ts"

export const AMI_ACCOUNT = { username: "ctid", secret: "soak-manager-secret" } as const

const presence = (color: string, allowed: ReadonlyArray<string>, actions: Readonly<Record<string, string>>) => ({
  color,
  allowed,
  actions
})

/** Who is out to lunch at the reload has to become something else. */
export const PRESENCES: Readonly<Record<Stage, ReadonlyArray<string>>> = {
  before: ["available", "away", "outtolunch", "donotdisturb"],
  after: ["available", "away", "donotdisturb"]
}

const ACTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  available: { enablednd: "false", queueunpause_all: "" },
  away: { queuepause_all: "" },
  outtolunch: {},
  donotdisturb: { enablednd: "true" }
}

const presenceGroup = (stage: Stage) => ({
  ...Object.fromEntries(
    PRESENCES[stage].map((name) => [
      name,
      presence(
        "#9BC920",
        PRESENCES[stage].filter((other) => other !== name),
        ACTIONS[name] ?? {}
      )
    ])
  ),
  disconnected: presence("#9E9E9E", [], { agentlogoff: "" })
})

export interface SoakConfigOptions {
  readonly people: ReadonlyArray<SoakUser>
  readonly companies: number
  readonly stage: Stage
  readonly amiPort: number
  /** Paths beside the file. */
  readonly users: string
  readonly lines: string
  readonly certificate: string
  readonly key: string
}

/**
 * Deadlines are long: the machine may be slow, and what is looked for is what goes wrong, not what takes long. Asterisk is asked often,
 * so that a short run sees it.
 */
export const soakConfig = (options: SoakConfigOptions): object => ({
  server: { context_separation: true },
  timeouts: { login: 120, socket: 120 },
  limits: { connections: 20_000 },
  listeners: {
    // another address of this machine's: the port moves
    cti: { address: options.stage === "before" ? "127.0.0.1" : "127.0.0.2", port: 0, encryption: "offered" },
    ctis: { address: "127.0.0.1", port: 0 },
    web_interface: { address: "127.0.0.1", port: 0 },
    info: { address: "127.0.0.1", port: 0 },
    announce: { address: "127.0.0.1", port: 0 },
    fast_agi: { address: "127.0.0.1", port: 0 }
  },
  tls: { certificate: options.certificate, key: options.key, handshake_timeout: 60 },
  ami: { username: AMI_ACCOUNT.username, password: AMI_ACCOUNT.secret, port: options.amiPort, retry_longest: 1 },
  telephony: {
    poll_interval: 10,
    resync_interval: 20,
    templates: {
      do_not_disturb: "DND/{context}-{exten}",
      forward_unconditional: "CF/{context}-{exten}",
      forward_busy: "CFB/{context}-{exten}",
      forward_no_answer: "CFU/{context}-{exten}",
      do_not_disturb_device: "Custom:DND{context}-{exten}",
      forward_device: "Custom:CF{context}-{exten}"
    }
  },
  passwords: { memory: "8 KiB", passes: 1 },
  log: { format: "json", level: "info" },
  presence_groups: { soak: presenceGroup(options.stage) },
  profiles: [{ id: 1, name: "Client", presences: "soak" }],
  users: { csv: options.users },
  lines: { csv: options.lines },
  ...thingsOf(options.people, options.companies, options.stage)
})
