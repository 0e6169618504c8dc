/** Configs and statuses of list items (reference 3.2, 4): from the wire's names to the board's. Only this file knows both. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { BoardChange, BoardForward, BoardItems, BoardList } from "./board.ts"
import { WireFlag, WireId, WireMaybeId, WireMaybeText, WireNumber, WireText } from "./wire_value.ts"

const optional = Schema.optionalKey
const Ids = Schema.Array(WireId)

const UserWire = Schema.Struct({
  firstname: optional(WireText),
  lastname: optional(WireText),
  fullname: optional(WireText),
  mobilephonenumber: optional(WireText),
  agentid: optional(WireMaybeId),
  voicemailid: optional(WireMaybeId),
  enablevoicemail: optional(WireFlag),
  linelist: optional(Ids),
  enablednd: optional(WireFlag),
  incallfilter: optional(WireFlag),
  enablerecording: optional(WireFlag),
  enableunc: optional(WireFlag),
  destunc: optional(WireText),
  enablebusy: optional(WireFlag),
  destbusy: optional(WireText),
  enablerna: optional(WireFlag),
  destrna: optional(WireText),
  availstate: optional(WireText),
  note: optional(WireText),
  until: optional(Schema.NullOr(Schema.Finite))
})

const PhoneWire = Schema.Struct({
  number: optional(WireText),
  iduserfeatures: optional(WireMaybeId),
  identity: optional(WireText),
  hintstatus: optional(WireNumber)
})

const AgentWire = Schema.Struct({
  number: optional(WireText),
  firstname: optional(WireText),
  lastname: optional(WireText),
  context: optional(WireText),
  phonenumber: optional(WireMaybeText),
  channel: optional(WireMaybeText),
  availability: optional(WireText),
  availability_since: optional(WireNumber),
  on_call_acd: optional(WireFlag),
  on_wrapup: optional(WireFlag),
  nonacd_call_status: optional(Schema.Unknown),
  queues: optional(Ids)
})

const QueueWire = Schema.Struct({
  name: optional(WireText),
  displayname: optional(WireText),
  number: optional(WireText),
  context: optional(WireText)
})

const VoicemailWire = Schema.Struct({ mailbox: optional(WireText), context: optional(WireText), new: optional(WireNumber) })

const MemberWire = Schema.Struct({
  queue_name: optional(WireText),
  interface: optional(WireText),
  paused: optional(WireFlag),
  penalty: optional(WireNumber),
  status: optional(WireNumber),
  callstaken: optional(WireNumber),
  lastcall: optional(WireText)
})

/** A copy without the keys that were not told. */
const told = <A extends object>(change: { readonly [Key in keyof A]: A[Key] | undefined }): Told<A> => {
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(change)) if (value !== undefined) kept[key] = value
  return kept as Told<A> // built from the same keys
}
type Told<A> = { readonly [Key in keyof A]?: Exclude<A[Key], undefined> }

const forward = (enabled: boolean | undefined, destination: string | undefined): Partial<BoardForward> | undefined =>
  enabled === undefined && destination === undefined ? undefined : told({ enabled, destination })

/** `["incoming", true]`; anything else: no such call. */
const otherCall = (value: unknown): BoardItems["agents"]["otherCall"] | undefined => {
  if (value === undefined) return undefined
  if (!Array.isArray(value) || typeof value[0] !== "string") return null
  return { direction: value[0], internal: value[1] === true }
}

const reader = <Wire, Item>(schema: Schema.Codec<Wire, unknown>, make: (wire: Wire) => BoardChange<Item>) => {
  const decode = Schema.decodeUnknownResult(schema)
  return (wire: unknown): BoardChange<Item> | null => {
    const read = decode(wire)
    return Result.isFailure(read) ? null : make(read.success)
  }
}

/** Reads a config or a status of a list's item; null: a field is of a type that cannot be meant. */
export const readChange: {
  readonly [List in BoardList]: (wire: unknown) => BoardChange<BoardItems[List]> | null
} = {
  users: reader(UserWire, (wire) =>
    told({
      firstName: wire.firstname,
      lastName: wire.lastname,
      fullName: wire.fullname,
      mobilePhoneNumber: wire.mobilephonenumber,
      agentId: wire.agentid,
      voicemailId: wire.voicemailid,
      voicemailEnabled: wire.enablevoicemail,
      phoneIds: wire.linelist,
      doNotDisturb: wire.enablednd,
      incomingFilter: wire.incallfilter,
      recording: wire.enablerecording,
      unconditional: forward(wire.enableunc, wire.destunc),
      busy: forward(wire.enablebusy, wire.destbusy),
      noAnswer: forward(wire.enablerna, wire.destrna),
      presence: wire.availstate,
      note: wire.note,
      until: wire.until
    })
  ),
  phones: reader(PhoneWire, (wire) =>
    told({ number: wire.number, userId: wire.iduserfeatures, identity: wire.identity, hint: wire.hintstatus })
  ),
  agents: reader(AgentWire, (wire) =>
    told({
      number: wire.number,
      firstName: wire.firstname,
      lastName: wire.lastname,
      context: wire.context,
      extension: wire.phonenumber,
      channel: wire.channel,
      availability: wire.availability,
      availabilitySince: wire.availability_since,
      onQueueCall: wire.on_call_acd,
      onWrapUp: wire.on_wrapup,
      otherCall: otherCall(wire.nonacd_call_status),
      queueIds: wire.queues
    })
  ),
  queues: reader(QueueWire, (wire) =>
    told({
      name: wire.name,
      displayName: wire.displayname,
      number: wire.number,
      context: wire.context
    })
  ),
  voicemails: reader(VoicemailWire, (wire) => told({ mailbox: wire.mailbox, context: wire.context, newMessages: wire.new })),
  queuemembers: reader(MemberWire, (wire) =>
    told({
      queueName: wire.queue_name,
      memberName: wire.interface,
      paused: wire.paused,
      penalty: wire.penalty,
      status: wire.status,
      callsTaken: wire.callstaken,
      lastCall: wire.lastcall
    })
  )
}
