/** The sections of `ctid.yml` about the server itself. */
import * as Schema from "effect/Schema"
import { TLS_VERSIONS } from "../connection/tls_identity.ts"
import * as o from "./option.ts"
import { defaultSettings, PROTOCOL_VERSIONS } from "./settings.ts"

/** What a server is called when its file does not say: one server needs no other. */
export const DEFAULT_SERVER_UUID = "c71d0000-0000-4000-8000-000000000001"

export const ServerSection = Schema.Struct({
  uuid: o.optional(
    o.Uuid,
    DEFAULT_SERVER_UUID,
    "Identifies this server to clients (`xivo_uuid`). Give each server its own when there are several."
  ),
  command_set: o.optional(o.oneOf(["xivocti"]), "xivocti", "The set of client commands. There is one."),
  protocol_version: o.optional(
    o.oneOf(["any", ...PROTOCOL_VERSIONS]),
    "any",
    "Versions of the protocol that may sign in: every known one, or only the one named, as the original."
  ),
  context_separation: o.optional(
    o.OnOff,
    false,
    "People see only what is in the context of their main line. Off: everybody sees everything."
  ),
  live_reload: o.optional(
    o.OnOff,
    true,
    "Live reload configuration: obey the commands of the web interface port. A change needs a restart."
  ),
  watch_files: o.optional(
    o.OnOff,
    true,
    "Take this file, and those that it names, over as they are saved. Off: at SIGHUP and by the web interface port only."
  ),
  reachability: o.optional(
    o.oneOf(["enforced", "advisory"]),
    "enforced",
    "`enforced`: a client may only choose a presence that `allowed` of its present one names. `advisory`: any of its group, as the original."
  ),
  disconnect_on: o.optional(
    o.oneOf(["last", "any"]),
    "last",
    "A person with several clients becomes `disconnected` when the `last` one leaves, or, as the original, when `any` does."
  )
})

const timeout = defaultSettings

export const TimeoutsSection = Schema.Struct({
  login: o.optional(
    o.seconds(0.1, 3600),
    timeout.loginTimeout / 1000,
    "Login timeout: from the connection to the end of the login."
  ),
  socket: o.optional(
    o.seconds(0.1, 3600),
    timeout.socketTimeout / 1000,
    "Socket timeout: a client that takes none of what waits for it for so long loses its connection."
  ),
  actions: o.optional(o.seconds(0.1, 60), timeout.actionTimeout / 1000, "For all actions of one presence change together."),
  update_period: o.optional(
    o.int(1, 31_536_000),
    3600,
    "Update period: seconds between two readings of the configuration (early 2012 only)."
  )
})

const limit = defaultSettings.limits
const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB

export const LimitsSection = Schema.Struct({
  connections: o.optional(o.int(1, 1_000_000), limit.connections, "Clients connected at a time."),
  connections_before_login: o.optional(
    o.int(1, 1_000_000),
    limit.connectionsBeforeLogin,
    "Those of them that have not signed in. One more is let in at the cost of the address that has the most, or else refused."
  ),
  connections_per_address: o.optional(
    o.int(1, 1_000_000),
    limit.connectionsPerAddress,
    "The same of one address (of IPv6: of one network of 64 bits); more are refused."
  ),
  connection_rate_per_address: o.optional(
    o.int(1, 1_000_000),
    limit.connectionRatePerAddress,
    "Connections of one address that are accepted in a second, after a burst of as many; more are refused."
  ),
  shared_addresses: o.optional(
    Schema.Array(o.Network),
    [],
    "Proxies and networks behind which many clients stand: what is limited for one address is not limited for them. This machine always is one."
  ),
  line_before_login: o.optional(o.bytes(KIB, MIB), limit.lineBeforeLogin, "Longest line of a client that has not signed in."),
  line_after_login: o.optional(o.bytes(KIB, 64 * MIB), limit.lineAfterLogin, "Longest line of a client that has."),
  line_budget_before_login: o.optional(
    o.bytes(64 * KIB, 16 * GIB),
    limit.lineBudgetBeforeLogin,
    "All unfinished or waiting lines of clients that have not signed in, together, above 4 KiB of each."
  ),
  line_budget_after_login: o.optional(o.bytes(MIB, 16 * GIB), limit.lineBudgetAfterLogin, "The same of clients that have."),
  fax_line: o.optional(o.bytes(KIB, GIB), limit.faxLine, "Longest line that begins as a fax."),
  fax_budget: o.optional(o.bytes(KIB, 16 * GIB), limit.faxBudget, "All unfinished fax lines of all clients together."),
  reply_high_water: o.optional(
    o.bytes(KIB, GIB),
    limit.replyHighWater,
    "Replies waiting for a client above this: nothing more is read from it until it has taken them."
  ),
  outbox: o.optional(o.bytes(16 * KIB, GIB), limit.outbox, "Bytes waiting for a client above this: it loses its connection.")
})

/** Where a port of ours is: reference 1.1. Port 0: any free one. */
const place = (address: string, port: number) => ({
  address: o.optional(o.Address, address, "Where to listen: `127.0.0.1`, `0.0.0.0`, `::`, a host name."),
  port: o.optional(o.int(0, 65_535), port, "0: any free port.")
})

const listener = (address: string, port: number) => ({
  enabled: o.optional(o.OnOff, true, "Open the port."),
  ...place(address, port)
})

const Port = Schema.Struct(listener("127.0.0.1", 0))
type Port = (typeof Port)["Type"]
const port = (address: string, number: number): o.OptionSchema<Port> => Schema.Struct(listener(address, number))

export const ListenersSection = Schema.Struct({
  cti: o.section(
    Schema.Struct({
      ...listener("127.0.0.1", 5003),
      encryption: o.absentable(
        o.oneOf(["off", "offered", "required"]),
        "see the text",
        "STARTTLS: not offered, offered, or required before a login."
      ),
      allow_clear_text: o.optional(
        o.OnOff,
        false,
        "Passwords may cross the network readable: needed for any other `encryption` than `required` where others can reach the port."
      )
    }),
    "Clients, in clear text until STARTTLS."
  ),
  ctis: o.section(
    Schema.Struct({
      enabled: o.absentable(o.OnOff, "on with `tls.certificate`", "Open the port."),
      ...place("0.0.0.0", 5013)
    }),
    "Clients, inside TLS from the first byte."
  ),
  web_interface: o.section(port("127.0.0.1", 5004), "Commands of the administration pages."),
  info: o.section(port("127.0.0.1", 5005), "Info server."),
  announce: o.section(port("127.0.0.1", 5006), "Announce (UDP)."),
  fast_agi: o.section(port("127.0.0.1", 5002), "Fast AGI: the dialplan's entry to this server.")
})

export const TlsSection = Schema.Struct({
  certificate: o.optional(
    o.nullable(o.FilePath),
    null,
    "Certificate: a PEM file with the server's, then those between it and its CA. `ctid cert init` makes one."
  ),
  key: o.optional(
    o.nullable(o.FilePath),
    null,
    "Private key: a PEM file, not encrypted, that only the server's user may read."
  ),
  client_ca: o.optional(
    o.nullable(o.FilePath),
    null,
    "A PEM file with CAs: clients must show a certificate of one of them. Null: they need none."
  ),
  minimum_version: o.optional(
    o.oneOf(TLS_VERSIONS),
    "TLSv1.2",
    "The oldest version of TLS. `TLSv1` admits the old desktop client, and weak ciphers with it."
  ),
  handshake_timeout: o.optional(o.seconds(0.1, 60), 5, "For one handshake, from its beginning.")
})

/** Early 2012 only; nothing uses them. */
export const ExternalServer = Schema.Struct({
  label: o.required(o.Name, "Its name."),
  login: o.required(o.Name, "Its login."),
  password: o.required(o.Secret, "Its password.")
})

export const PasswordsSection = Schema.Struct({
  memory: o.optional(o.bytes(8 * KIB, 256 * MIB), "19 MiB", "Memory of one new Argon2id hash, at least 8 KiB per lane."),
  passes: o.optional(o.int(1, 16), 2, "Its passes over the memory."),
  parallelism: o.optional(o.int(1, 16), 1, "Its lanes."),
  at_once: o.optional(o.int(1, 64), 2, "Passwords checked at a time, off the event loop. One per core is sensible."),
  waiting: o.optional(o.int(1, 1_000_000), 10_000, "Logins that may wait for their check; more are refused."),
  remembered: o.optional(
    o.int(0, 1_000_000),
    10_000,
    "Verified passwords remembered (as a keyed hash) while the server runs: to come back costs them nothing."
  )
})

export const LogSection = Schema.Struct({
  format: o.optional(
    o.oneOf(["auto", "pretty", "json"]),
    "auto",
    "`auto`: pretty on a terminal, else JSON. One line per entry."
  ),
  level: o.optional(
    o.oneOf(["trace", "debug", "info", "warn", "error"]),
    "info",
    "The least important entries that are written."
  )
})
