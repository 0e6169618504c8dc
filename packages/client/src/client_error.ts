/** How a client's connection, login or call can fail. Every message is a sentence; none holds a secret. */
import * as Data from "effect/Data"
import type { ClientTransportError } from "./client_transport.ts"
import type { LoginStep } from "./server_message.ts"

/** The server did not answer in time. */
export class ClientTimeout extends Data.TaggedError("ClientTimeout")<{
  /** What was waited for: `connection`, `starttls`, `login_id`, `getlist`, `keepalive`... */
  readonly waitedFor: string
  /** Milliseconds. */
  readonly after: number
  readonly message: string
}> {}

/** The server says what no server of this protocol says. */
export class ClientProtocolError extends Data.TaggedError("ClientProtocolError")<{
  readonly reason:
    | "line_too_long"
    | "no_profile" // the password was right, but the list of profiles is empty
    | "wrong_ipbx" // its list of PBXes is not that of the login
    | "no_starttls" // it ended the connection without an offer to encrypt it
    | "starttls_declined" // it offered, and then would not
    | "clear_text" // it went on in clear after it had confirmed to encrypt
  readonly message: string
}> {}

/** The connection was not made, or ended, without anybody having decided so. */
export type LinkError = ClientTransportError | ClientTimeout | ClientProtocolError

/** Why a login is refused (reference 13.1). */
export type LoginRefusal =
  | "password"
  | "user_not_found"
  | "profile"
  | "version"
  | "auth_service"
  | "missing_fields"
  | "too_many_users"
  | "already_connected"
  | "encryption"
  | "server_stopped"
  | "server_reloaded"
  | "other"

/** The server refused the login. It is not tried again. */
export class ClientLoginError extends Data.TaggedError("ClientLoginError")<{
  readonly step: LoginStep
  readonly reason: LoginRefusal
  /** The protocol's word: `login_password`, `wazoversion_client:2.3;2.1`... */
  readonly error: string
  readonly message: string
}> {}

/** The server told this client to log off, or the user logged out. */
export class ClientEnded extends Data.TaggedError("ClientEnded")<{
  readonly reason: "told_to_disconnect" | "logged_out" | "closed"
  readonly message: string
}> {}

/** There is no connection at this moment. */
export class ClientOffline extends Data.TaggedError("ClientOffline")<{ readonly message: string }> {}

/** The presence was not taken. */
export class PresenceRefused extends Data.TaggedError("PresenceRefused")<{
  /** `unknown`: the user's group has no such presence. `unreachable`: not from the present one. `until`: it cannot end then. */
  readonly reason: "unknown" | "unreachable" | "until"
  readonly from: string
  readonly to: string
  /** Presences that may be chosen instead, where that is known. */
  readonly instead: ReadonlyArray<string>
  readonly message: string
}> {}

const refusalOf = (error: string): readonly [LoginRefusal, sentence: string] => {
  const [word = "", detail = ""] = error.split(/:(.*)/s)
  const [mine = "", theirs = ""] = detail.split(";")
  switch (word) {
    case "login_password":
      return ["password", "wrong login or password"]
    case "user_not_found":
      return ["user_not_found", "the password is right, but the server has no such user"]
    case "wazoversion_client":
    case "xivoversion_client":
      return ["version", `this client speaks protocol ${mine || "(none)"}, the server wants ${theirs || "another version"}`]
    case "version_server":
      return ["version", `the server's version does not fit: ${detail}`]
    case "xivo_auth_error":
      return ["auth_service", "the server could not check the password; try again later"]
    case "no_capability":
    case "wrong cti_profile_id":
    case "unknown cti_profile_id":
      return ["profile", `the user's profile is not usable (${error})`]
    case "missing":
      return ["missing_fields", `the server asks for fields that were not sent: ${detail}`]
    case "toomuchusers":
      return ["too_many_users", "the server admits no more users"]
    case "already_connected":
      return ["already_connected", `the user is already connected from ${detail}`]
    case "encryption_required":
      return ["encryption", "the server lets nobody sign in over a connection that is not encrypted: use STARTTLS or TLS"]
    case "server_stopped":
      return ["server_stopped", "the server is stopping"]
    case "server_reloaded":
      return ["server_reloaded", "the server is reloading"]
    default:
      return word.startsWith("capaid_undefined")
        ? ["profile", "the user has no client profile"]
        : ["other", `the server answered ${JSON.stringify(error)}`]
  }
}

/** What the server's word means. */
export const loginError = (step: LoginStep, error: string): ClientLoginError => {
  const [reason, sentence] = refusalOf(error)
  return new ClientLoginError({ step, reason, error, message: `login refused: ${sentence}` })
}

const COMMAND_SENTENCES: Readonly<Record<string, string>> = {
  agent_login_invalid_exten: "no such agent or extension, or no line to log in on",
  agent_login_exten_in_use: "that extension is in use by another agent",
  unreachable_extension: "that extension cannot be reached",
  call_unauthorized: "calling is not allowed",
  hangup_unauthorized: "hanging up is not allowed",
  transfer_unauthorized: "transferring is not allowed",
  service_unavailable: "the service is not available"
}

/** A sentence for an `error_string` of a command (reference 13.1). */
export const commandRefusal = (error: string): string => {
  const [word = "", detail] = error.split(/:(.*)/s)
  const sentence = COMMAND_SENTENCES[word]
  if (sentence === undefined) return `the server answered ${JSON.stringify(error)}`
  return detail === undefined ? sentence : `${sentence}: ${detail}`
}
