/** What comes of an action. */
import * as Data from "effect/Data"
import type { AmiMessage } from "./ami_message.ts"

/** The items of a list, in order, and the answer that announced them. */
export interface AmiList {
  readonly response: AmiMessage
  readonly items: ReadonlyArray<AmiMessage>
}

/** An action that came to nothing. */
export class AmiActionError extends Data.TaggedError("AmiActionError")<{
  readonly reason:
    | "denied" // the user lacks a class
    | "unknown_action" // Asterisk, as it is loaded now, has no such action
    | "refused" // any other `Response: Error`
    | "taken" // another agent has the phone
    | "timeout" // no answer in time
    | "unavailable" // not connected, or Asterisk is not ready: nothing was sent
    | "lost" // the link broke before the answer came
    | "invalid" // cannot be sent: see the message
  readonly action: string
  /** A sentence a person can act on; what Asterisk said, where it said something. */
  readonly message: string
}> {}

/** What a `Response: Error` means. */
export const refusal = (action: string, response: AmiMessage): AmiActionError => {
  const said = response.get("Message") ?? response.name
  if (/^permission denied/i.test(said)) {
    return new AmiActionError({ reason: "denied", action, message: `Asterisk denies ${action} to this user: ${said}` })
  }
  if (/^invalid\/unknown command/i.test(said)) {
    return new AmiActionError({
      reason: "unknown_action",
      action,
      message: `Asterisk has no ${action}: its module is not loaded.`
    })
  }
  return new AmiActionError({ reason: "refused", action, message: `Asterisk refused ${action}: ${said}` })
}
