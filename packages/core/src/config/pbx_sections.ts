/** The sections of `ctid.yml` about Asterisk. */
import * as Schema from "effect/Schema"
import { TLS_VERSIONS } from "../connection/tls_identity.ts"
import * as o from "./option.ts"

const fingerprint: o.OptionSchema<string> = o.kind("a SHA-256 fingerprint: 64 hexadecimal digits", (input) =>
  typeof input === "string" && /^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}$/.test(input) ? input : undefined
)

export const AmiSection = Schema.Struct({
  username: o.optional(o.Name, "xivo_cti_user", "Login: the section's name in Asterisk's `manager.conf`."),
  password: o.required(o.Secret, "Password: `secret` of that section."),
  address: o.optional(o.Address, "127.0.0.1", "IP address, or host name, of Asterisk."),
  port: o.optional(o.int(1, 65_535), 5038, "Port: 5038, or 5039 for TLS."),
  tls: o.section(
    Schema.Struct({
      enabled: o.optional(o.OnOff, false, "Connect inside TLS; certificate and name are verified."),
      ca: o.optional(o.nullable(o.FilePath), null, "PEM file of the authority to trust; null: those that the runtime trusts."),
      server_name: o.optional(o.nullable(o.Address), null, "The name that the certificate must bear; null: `ami.address`."),
      pin: o.optional(
        o.nullable(fingerprint),
        null,
        "SHA-256 fingerprint of the certificate, which must fit as well: 64 hexadecimal digits, with or without colons."
      ),
      minimum_version: o.optional(
        o.oneOf(TLS_VERSIONS),
        "TLSv1.2",
        "Older versions are unsafe: only for an Asterisk that can do no better."
      )
    }),
    "Encryption of the link to Asterisk."
  ),
  driver: o.optional(
    o.oneOf(["native", "asterisk-ami-client"]),
    "native",
    "`native`: our own connection. `asterisk-ami-client`: the same through that npm package; [ami.md](ami.md) compares them."
  ),
  authentication: o.optional(
    o.oneOf(["md5", "plain"]),
    "md5",
    "`md5`: only an answer to Asterisk's challenge crosses the wire. `plain`: the password itself does."
  ),
  connect_timeout: o.optional(o.seconds(0.1, 300), 10, "To open the link and read the greeting."),
  login_timeout: o.optional(o.seconds(0.1, 300), 10, "From the greeting to the answer to the login."),
  action_timeout: o.optional(o.seconds(0.1, 300), 5, "For the answer to one action."),
  list_timeout: o.optional(o.seconds(0.1, 600), 30, "For the whole of a list."),
  ping_interval: o.optional(o.seconds(1, 3600), 30, "Silence after which Asterisk is asked whether it is there."),
  ping_timeout: o.optional(o.seconds(0.1, 300), 10, "Further silence after which the link is given up and made anew."),
  retry_longest: o.optional(o.seconds(1, 3600), 30, "Between two attempts at most; the first ones follow faster."),
  retry_refused: o.optional(o.seconds(1, 3600), 10, "Before the next attempt after a refused login.")
})

/** Text with places to fill in; `{name}` for each of `names`. */
const template = (names: ReadonlyArray<string>): o.OptionSchema<string> =>
  o.kind(`a text without spaces with places of ${names.map((name) => `{${name}}`).join(", ")}`, (input) => {
    if (typeof input !== "string" || !/^[^\s,|&\\"]{1,200}$/.test(input)) return undefined
    const rest = input.replaceAll(/\{([a-z_]+)\}/g, (place, name: string) => (names.includes(name) ? "" : place))
    return /[{}]/.test(rest) ? undefined : input
  })

/** A key of Asterisk's database: `family/key`, with the extension in it. */
const databaseKey: o.OptionSchema<string> = o.kind(
  "a key family/name of Asterisk's database, with places {exten} and {context}, where {exten} stands in the name",
  (input) => {
    if (typeof input !== "string" || !/^[^\s,|&\\"/]+\/[^\s,|&\\"]+$/.test(input) || input.length > 200) return undefined
    const rest = input.replaceAll(/\{(exten|context)\}/g, "")
    return /[{}]/.test(rest) || !input.slice(input.indexOf("/")).includes("{exten}") ? undefined : input
  }
)

/** A custom provider, or device, of Asterisk for each line, and for each of `more`. */
const custom = (prefix: string, more: ReadonlyArray<string>): o.OptionSchema<string> => {
  const needed = ["exten", ...more]
  const all = [...needed, "context"]
  const words = all.map((name) => `{${name}}`).join(", ")
  return o.kind(`${prefix} and a text without spaces with places of ${words}; all but {context} stand in it`, (input) => {
    if (typeof input !== "string" || !input.startsWith(prefix) || !/^[^\s,|&\\"()]{1,200}$/.test(input)) return undefined
    const rest = input.replaceAll(/\{([a-z_]+)\}/g, (place, name: string) => (all.includes(name) ? "" : place))
    return /[{}]/.test(rest) || needed.some((name) => !input.includes(`{${name}}`)) ? undefined : input
  })
}

const agentPlaces = ["exten", "context", "device", "protocol", "name", "agent", "agentid"]

export const TelephonySection = Schema.Struct({
  poll_interval: o.optional(
    o.seconds(1, 86_400),
    60,
    "Between two readings of do not disturb and forwards that were changed at phones without telling."
  ),
  resync_interval: o.optional(o.seconds(10, 86_400), 300, "Between two complete readings of states, queues and members."),
  templates: o.section(
    Schema.Struct({
      do_not_disturb: o.optional(databaseKey, "DND/{exten}", "Database key of do not disturb."),
      do_not_disturb_value: o.optional(o.AsteriskName, "YES", "Its value while on. Off: the key is deleted."),
      forward_unconditional: o.optional(databaseKey, "CF/{exten}", "Database key of the unconditional forward's destination."),
      forward_busy: o.optional(databaseKey, "CFB/{exten}", "Of the forward on busy."),
      forward_no_answer: o.optional(databaseKey, "CFU/{exten}", "Of the forward on no answer."),
      do_not_disturb_device: o.optional(
        template(["exten", "context"]),
        "Custom:DND{exten}",
        "Device whose state says do not disturb: BUSY or NOT_INUSE."
      ),
      forward_device: o.optional(
        template(["exten", "context"]),
        "Custom:CF{exten}",
        "Device whose state says that there is an unconditional forward: BUSY or NOT_INUSE; its events, that some forward changed."
      ),
      presence: o.optional(
        custom("CustomPresence:", []),
        "CustomPresence:{exten}@{context}",
        "Presence provider of a line's owner, for phones; see `phone_state` of presences."
      ),
      presence_lamp: o.optional(
        custom("Custom:", ["presence"]),
        "Custom:{presence}.{exten}@{context}",
        "Device whose state says that a line's owner has a presence, BUSY or NOT_INUSE; see `phone_lamp`."
      ),
      agent_interface: o.optional(
        template(agentPlaces),
        "{device}",
        "What a queue dials for an agent. FreePBX: `Local/{exten}@from-queue/n`."
      ),
      agent_state_interface: o.optional(template(agentPlaces), "{device}", "The device whose state counts for him.")
    }),
    "Names in Asterisk, filled in with a line's values."
  )
})
