/** The lists that a resync asks Asterisk for. */
import * as Effect from "effect/Effect"
import type { AmiActionError } from "./ami_action.ts"
import type { AmiMessage } from "./ami_message.ts"
import type { AmiActions } from "./asterisk_database.ts"
import type { PbxLists } from "./pbx_picture.ts"
import type { QueueMembers } from "./queue_members.ts"

/** Logs what Asterisk does not do for this server: what is missing once, what came too late each time. */
export const makeComplaints = (): ((error: AmiActionError) => Effect.Effect<void>) => {
  const made = new Set<string>()
  return (error) =>
    Effect.suspend(() => {
      // a lost link is told as such
      if (error.reason === "lost" || error.reason === "unavailable") return Effect.void
      const complaint = `${error.reason} ${error.action}`
      if (error.reason !== "timeout" && made.has(complaint)) return Effect.void
      made.add(complaint)
      return Effect.logWarning("pbx does not do it").pipe(
        Effect.annotateLogs({ action: error.action, reason: error.reason, detail: error.message })
      )
    })
}

export type Complain = ReturnType<typeof makeComplaints>

const readList = (ami: AmiActions, action: string, complain: Complain): Effect.Effect<ReadonlyArray<AmiMessage> | null> =>
  ami.list(action).pipe(
    Effect.map(({ items }) => items),
    Effect.catch((error) => Effect.as(complain(error), null))
  )

/** Members of all queues. An Asterisk without queues has none; one that does not answer keeps those that are known. */
export const readMembers = (ami: AmiActions, members: QueueMembers, complain: Complain): Effect.Effect<void> =>
  ami.list("QueueStatus").pipe(
    Effect.map(({ items }) => members.replace(items)),
    Effect.catch((error) =>
      Effect.andThen(
        complain(error),
        Effect.sync(() => {
          if (error.reason === "unknown_action") members.replace([])
        })
      )
    )
  )

/** Everything else but the services of lines. Voicemails only where some are declared. */
export const readLists = (ami: AmiActions, voicemails: boolean, complain: Complain): Effect.Effect<PbxLists> =>
  Effect.all(
    {
      hints: readList(ami, "ExtensionStateList", complain),
      devices: readList(ami, "DeviceStateList", complain),
      channels: readList(ami, "CoreShowChannels", complain),
      voicemails: voicemails ? readList(ami, "VoicemailUsersList", complain) : Effect.succeed(null)
    },
    { concurrency: "unbounded" }
  )
