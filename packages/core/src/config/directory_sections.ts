/** The objects that `ctid.yml` declares. */
import * as Schema from "effect/Schema"
import { ACTION_NAMES } from "../presence/action.ts"
import { PHONE_STATES } from "../presence/phone_presence.ts"
import { AUTOMATIC_CAUSES } from "../presence/presence_group.ts"
import * as o from "./option.ts"
import { isStoredHash } from "./stored_hash.ts"

/** The context of what names none. */
const CONTEXT = "default"

const passwordHash = o.kind(
  "a hash made by `ctid passwd`: $argon2id$... or $pbkdf2-sha256$... (a password in plain text goes under plain_password)",
  (input) => (typeof input === "string" && isStoredHash(input) ? input : undefined)
)

export const UserItem = Schema.Struct({
  id: o.required(o.Id, "Identifies him on the wire; never reuse one."),
  uuid: o.optional(o.nullable(o.Uuid), null, "Null: made from `server.uuid` and `id`, always the same."),
  firstname: o.optional(o.Text, "", "First name."),
  lastname: o.optional(o.Text, "", "Last name."),
  fullname: o.optional(o.nullable(o.Name), null, "Null: first and last name, or the login when both are empty."),
  login: o.required(o.Name, "What he signs in with."),
  password: o.optional(o.nullable(passwordHash), null, "The password's hash, made by `ctid passwd`."),
  plain_password: o.optional(
    o.nullable(o.Secret),
    null,
    "The password itself instead: needed only for the hashed login of protocol 1.x. One of the two must be given."
  ),
  enabled: o.optional(o.OnOff, true, "Off: he may not sign in."),
  profile: o.absentable(o.nullable(o.Name), "the first profile", "A profile's name. Null: none, he has no presence."),
  agent: o.optional(o.nullable(o.Id), null, "The agent that he is: its id."),
  voicemail: o.optional(o.nullable(o.Id), null, "His voicemail: its id."),
  voicemail_enabled: o.optional(o.nullable(o.OnOff), null, "Whether his voicemail takes calls. Null: if he has one."),
  lines: o.optional(Schema.Array(o.Id), [], "Ids of his lines, the main line first."),
  mobile: o.optional(o.ExtensionOrEmpty, "", "Mobile phone number.")
})

export const LineItem = Schema.Struct({
  id: o.required(o.Id, "Identifies the line on the wire."),
  number: o.required(o.Extension, "Its extension."),
  context: o.optional(o.AsteriskName, CONTEXT, "The context of its extension: with context separation, its company."),
  protocol: o.optional(o.Identifier, "pjsip", "Channel technology: `pjsip`, `sip`, `sccp`, `iax2`, `dahdi`, `custom`..."),
  name: o.optional(o.nullable(o.Device), null, "Name of the endpoint in its technology. Null: the number."),
  device: o.optional(o.nullable(o.Device), null, "The Asterisk device. Null: `<PROTOCOL>/<name>`."),
  callerid: o.optional(o.nullable(o.Text), null, 'Its caller id, such as `"Alice" <1001>`.'),
  user: o.optional(o.nullable(o.Id), null, "Its owner, where his `lines` do not name it: his id.")
})

export const AgentItem = Schema.Struct({
  id: o.required(o.Id, "Identifies the agent on the wire."),
  number: o.required(o.Extension, "He is `Agent/<number>` in the queues."),
  firstname: o.optional(o.Text, "", "First name."),
  lastname: o.optional(o.Text, "", "Last name."),
  context: o.optional(o.AsteriskName, CONTEXT, "His context."),
  queues: o.optional(
    Schema.Array(
      o.shorthand(
        "queue",
        Schema.Struct({
          queue: o.required(o.AsteriskName, "A queue's name."),
          penalty: o.optional(o.int(0, 1_000_000), 0, "His penalty there.")
        })
      )
    ),
    [],
    "The queues that he is put into when he logs in: `support`, or `{queue: support, penalty: 1}`."
  ),
  wrapup: o.optional(
    o.nullable(o.int(0, 86_400)),
    null,
    "Seconds after a queue call in which he gets none. Null: what the queue says."
  )
})

export const QueueItem = Schema.Struct({
  id: o.required(o.Id, "Identifies the queue on the wire."),
  name: o.required(o.AsteriskName, "Its name in Asterisk's `queues.conf`."),
  displayname: o.optional(o.nullable(o.Name), null, "What people read. Null: the name."),
  number: o.optional(o.ExtensionOrEmpty, "", "Its extension."),
  context: o.optional(o.AsteriskName, CONTEXT, "Its context."),
  members: o.optional(
    Schema.Array(
      o.shorthand(
        "member",
        Schema.Struct({
          member: o.required(o.Device, "A member's name."),
          penalty: o.optional(o.int(0, 1_000_000), 0, "His penalty.")
        })
      )
    ),
    [],
    "Members that are no agents and always there: `PJSIP/1003`, or `{member: PJSIP/1003, penalty: 1}`."
  )
})

export const VoicemailItem = Schema.Struct({
  id: o.required(o.Id, "Identifies the voicemail on the wire."),
  mailbox: o.required(o.AsteriskName, "The mailbox, `1001` of `1001@default`."),
  context: o.optional(o.AsteriskName, CONTEXT, "Its context, `default` of `1001@default`.")
})

/** The group of presences, and of hints, that always exists. */
export const FACTORY_GROUP = "xivo"

export const ProfileItem = Schema.Struct({
  id: o.required(o.Id, "Identifies the profile."),
  name: o.required(o.Name, "What users name it by."),
  presences: o.optional(o.Identifier, FACTORY_GROUP, "A presence group."),
  hints: o.optional(o.Identifier, FACTORY_GROUP, "A hint group."),
  services: o.optional(
    Schema.Array(o.Identifier),
    ["enablednd", "fwdunc", "fwdbusy", "fwdrna"],
    "Services that the client offers: `enablednd`, `fwdunc`, `fwdbusy`, `fwdrna`, `incallfilter`."
  ),
  preferences: o.optional(
    Schema.Record(
      Schema.String,
      o.kind<unknown>("any value", (input) => input)
    ),
    { "xlet.identity.logagent": "1", "xlet.identity.pauseagent": "1" },
    "Options of the client, merged into its own (reference 13.6)."
  ),
  xlets: o.optional(
    Schema.NullOr(
      Schema.Array(
        Schema.Struct({
          name: o.required(o.Identifier, "`identity`, `people`, `queues`..."),
          layout: o.required(o.oneOf(["dock", "grid", "tab"]), "Where it stands."),
          floating: o.optional(o.OnOff, false, "Dock: may float."),
          closable: o.optional(o.OnOff, false, "Dock: may be closed."),
          movable: o.optional(o.OnOff, false, "Dock: may be moved."),
          scrollable: o.optional(o.OnOff, false, "Dock: scrolls."),
          order: o.optional(o.int(0, 1000), 0, "Its place among the others.")
        })
      )
    ),
    null,
    "The client's screens. Null: identity, tabber, people, services, queues, agents."
  )
})

const parameter = o.kind("true, false or a line of text", (input) =>
  typeof input === "boolean"
    ? String(input)
    : input === null
      ? ""
      : typeof input === "string" && input.length <= 255
        ? input
        : undefined
)

/** One presence of a group: reference 5.1. */
export const PresenceItem = Schema.Struct({
  longname: o.optional(o.nullable(o.Name), null, "Display name. Null: the presence's name."),
  color: o.required(o.Color, "Color status."),
  allowed: o.optional(
    Schema.NullOr(Schema.Array(o.Identifier)),
    null,
    "Other reachable statuses: names of presences of this group, in menu order. Null: none."
  ),
  actions: o.optional(
    Schema.Record(Schema.String, parameter),
    {},
    `Actions: ${ACTION_NAMES.map((name) => `\`${name}\``).join(", ")}; in this order.`
  ),
  phone_state: o.optional(
    o.nullable(o.oneOf(PHONE_STATES)),
    null,
    "What Asterisk tells phones of it. Null: `not_set`, or nothing if no presence of the group has a state or a lamp."
  ),
  phone_lamp: o.optional(o.OnOff, false, "Phones may have a lamp for it."),
  automatic: o.optional(
    o.nullable(o.oneOf(AUTOMATIC_CAUSES)),
    null,
    "The system takes it, where `allowed` of the user's presence leads to it, and brings him back: `on_the_phone`, while one of his phones is in use; `idle`, while he does nothing at a client or phone."
  ),
  idle_after: o.optional(o.seconds(10, 86_400), 900, "For `idle`: after so long.")
})

/** What a client shows for one extension state: reference 5.5. */
export const HintItem = Schema.Struct({
  longname: o.required(o.Name, "What people read."),
  color: o.required(o.Color, "Its colour.")
})
