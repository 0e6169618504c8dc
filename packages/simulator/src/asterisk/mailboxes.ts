/** Voicemail boxes and how many messages are in them. */
import type { Headers } from "./ami_packet.ts"
import type { Publish } from "./publisher.ts"

export interface MailboxSpec {
  readonly mailbox: string
  readonly context: string
  readonly fullName?: string
  readonly newMessages?: number
  readonly oldMessages?: number
}

export interface Mailboxes {
  readonly define: (spec: MailboxSpec) => void
  /** Sets the counts and tells everybody. A box that was not there appears. */
  readonly set: (mailbox: string, context: string, newMessages: number, oldMessages: number) => void
  /** As in `VoicemailUsersList`. */
  readonly list: () => ReadonlyArray<Headers>
}

const entry = (box: Required<MailboxSpec>): Headers => [
  ["VMContext", box.context],
  ["VoiceMailbox", box.mailbox],
  ["Fullname", box.fullName],
  ["Email", "(null)"],
  ["Pager", ""],
  ["ServerEmail", "asterisk"],
  ["FromString", ""],
  ["MailCommand", "/usr/sbin/sendmail -t"],
  ["Language", ""],
  ["TimeZone", ""],
  ["Callback", ""],
  ["Dialout", ""],
  ["UniqueID", ""],
  ["ExitContext", ""],
  ["SayDurationMinimum", "2"],
  ["SayEnvelope", "Yes"],
  ["SayCID", "No"],
  ["AttachMessage", "Yes"],
  ["AttachmentFormat", ""],
  ["DeleteMessage", "No"],
  ["VolumeGain", "0.00"],
  ["CanReview", "No"],
  ["CanMarkUrgent", "Yes"],
  ["CallOperator", "No"],
  ["MaxMessageCount", "20"],
  ["MaxMessageLength", "30"],
  ["NewMessageCount", String(box.newMessages)],
  ["OldMessageCount", String(box.oldMessages)]
]

export const makeMailboxes = (publish: Publish): Mailboxes => {
  const boxes = new Map<string, Required<MailboxSpec>>()
  const define = (spec: MailboxSpec): void => {
    boxes.set(`${spec.mailbox}@${spec.context}`, { fullName: "", newMessages: 0, oldMessages: 0, ...spec })
  }
  return {
    define,
    set: (mailbox, context, newMessages, oldMessages) => {
      const name = `${mailbox}@${context}`
      define({ fullName: boxes.get(name)?.fullName ?? "", mailbox, context, newMessages, oldMessages })
      publish("call", "MessageWaiting", [
        ["Mailbox", name],
        ["Waiting", newMessages > 0 ? "1" : "0"],
        ["New", String(newMessages)],
        ["Old", String(oldMessages)]
      ])
    },
    list: () => [...boxes.values()].map(entry)
  }
}
