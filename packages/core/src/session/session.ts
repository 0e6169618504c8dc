/** One client's life (reference 2): from `login_id` to its end, as a pure machine. Its driver does what the outputs say. */
import type * as Redacted from "effect/Redacted"
import { sameValue } from "../config/same_value.ts"
import { PROTOCOL_VERSIONS, type ProtocolVersion, type ServerSettings } from "../config/settings.ts"
import type { DirectorySnapshot, Profile, User } from "../directory/directory.ts"
import type { ClientCommand } from "../protocol/client_command.ts"
import { errorReply, loginIdReply, replied, type ServerMessage } from "../protocol/server_message.ts"
import { capabilities } from "./capabilities.ts"

export type SessionState =
  | { readonly _tag: "Connected" }
  | { readonly _tag: "Identified"; readonly login: string; readonly version: ProtocolVersion; readonly sessionId: string }
  /** The password is being checked: later lines wait. */
  | {
      readonly _tag: "Verifying"
      readonly login: string
      readonly version: ProtocolVersion
      readonly commandId: CommandIdOf
      /** Whose password it is; null: nobody's. */
      readonly user: User | null
    }
  /** An error was answered; each step of a login is one-shot. */
  | { readonly _tag: "Refused" }
  /** Any command is accepted, broadcasts arrive (reference 2.5). */
  | { readonly _tag: "Authenticated"; readonly userId: number; readonly version: ProtocolVersion }
  | { readonly _tag: "LoggedIn"; readonly userId: number; readonly version: ProtocolVersion }
  /** After `logout`: the connection stays until the client closes it, and still hears. */
  | { readonly _tag: "LoggedOut"; readonly userId: number; readonly version: ProtocolVersion }

type CommandIdOf = Extract<ClientCommand, { readonly _tag: "LoginPass" }>["commandId"]
type LoginCommand = Extract<ClientCommand, { readonly _tag: "LoginId" | "LoginPass" | "LoginCapas" | "Logout" }>

export type SessionInput =
  /** `sessionId`: a fresh one, for the case that it is needed. */
  | { readonly _tag: "Command"; readonly command: LoginCommand; readonly sessionId: string }
  | { readonly _tag: "Verified"; readonly result: "right" | "wrong" | "error" }

/** How the password is to be checked. `stored` null: there is no such user, take as long as for one. */
export type Verification =
  | { readonly _tag: "Clear"; readonly login: string; readonly password: string; readonly stored: User["password"] | null }
  | {
      readonly _tag: "Hashed"
      readonly login: string
      readonly hash: string
      readonly sessionId: string
      readonly secret: Redacted.Redacted
    }

export type SessionOutput =
  | { readonly _tag: "Reply"; readonly message: ServerMessage }
  | { readonly _tag: "Verify"; readonly verification: Verification }
  /** The user is known: broadcasts may be sent from here on. */
  | { readonly _tag: "Authenticated"; readonly user: User }
  /** `presence` is the first one he asked for. */
  | {
      readonly _tag: "LoggedIn"
      readonly user: User
      readonly presence: string
      /** 1.x with `loginkind` `agent`: log the agent in at this number too. */
      readonly agentPhone: string | null
      /** He is told notes and ends of presences. */
      readonly wantsTerms: boolean
    }
  | { readonly _tag: "LoggedOut"; readonly userId: number }
  /** For the log: why a login was refused. */
  | { readonly _tag: "LoginRefused"; readonly login: string; readonly reason: string }
  /** Write what is queued, then close. */
  | { readonly _tag: "Close" }
  /** Nothing may be answered; it is counted. */
  | { readonly _tag: "Ignored"; readonly reason: string }

export interface Step {
  readonly state: SessionState
  readonly outputs: ReadonlyArray<SessionOutput>
}

export interface SessionWorld {
  readonly settings: ServerSettings
  readonly directory: DirectorySnapshot
  /** False: this connection has to be encrypted first. */
  readonly mayLogIn: boolean
}

export const initialSession: SessionState = { _tag: "Connected" }

/** The version of a session, once it is known. */
export const versionOf = (state: SessionState): ProtocolVersion | null =>
  state._tag === "Connected" || state._tag === "Refused" ? null : state.version

const isFirstGeneration = (version: ProtocolVersion): boolean => version === "1.2"

/** The hashed login of 1.x needs the secret itself; it exists only while some user's is stored in plain text. */
export const hashedLoginOffered = (directory: DirectorySnapshot): boolean =>
  directory.data.users.some((user) => user.enabled && user.password.kind === "plain")

const ignored = (state: SessionState, reason: string): Step => ({ state, outputs: [{ _tag: "Ignored", reason }] })
const reply = (message: ServerMessage): SessionOutput => ({ _tag: "Reply", message })

const loginId = (world: SessionWorld, command: Extract<LoginCommand, { _tag: "LoginId" }>, sessionId: string): Step => {
  const policy = world.settings.version
  const refused = (error: string): Step => ({
    state: { _tag: "Refused" },
    outputs: [reply(errorReply("login_id", error)), { _tag: "LoginRefused", login: command.login, reason: error }]
  })
  if (!world.mayLogIn) return refused("encryption_required")
  const version = PROTOCOL_VERSIONS.find((known) => known === command.version && (policy === "any" || policy === known))
  if (version === undefined) {
    const newest = policy === "any" ? "2.3" : policy
    const field = policy === "any" ? command.versionField : policy === "2.3" ? "wazoversion" : "xivoversion"
    return refused(`${field}_client:${command.version.slice(0, 64)};${newest}`)
  }
  // 1.x says here that a login is unknown (reference 2.4), which only makes sense where its hashed login is offered at all
  if (isFirstGeneration(version) && hashedLoginOffered(world.directory) && !world.directory.usersByLogin.has(command.login)) {
    return refused("login_password")
  }
  return {
    state: { _tag: "Identified", login: command.login, version, sessionId },
    outputs: [reply(loginIdReply(sessionId, version))]
  }
}

/** The error of `login_pass`; 1.x is closed after it (reference 2.5). */
const passRefused = (login: string, version: ProtocolVersion, commandId: CommandIdOf, error: string): Step => {
  const message = errorReply("login_pass", error)
  const outputs: Array<SessionOutput> = [
    reply(isFirstGeneration(version) ? replied(message, commandId) : message),
    { _tag: "LoginRefused", login, reason: error }
  ]
  if (isFirstGeneration(version)) outputs.push({ _tag: "Close" })
  return { state: { _tag: "Refused" }, outputs }
}

const loginPass = (
  world: SessionWorld,
  state: Extract<SessionState, { _tag: "Identified" }>,
  command: Extract<LoginCommand, { _tag: "LoginPass" }>
): Step => {
  const { login, version } = state
  if (command.password === null && command.hashed === null) {
    return isFirstGeneration(version)
      ? passRefused(login, version, command.commandId, "missing:hashedpassword")
      : ignored(state, "login_pass without password")
  }
  const user = world.directory.usersByLogin.get(login)
  const admitted = user?.enabled === true ? user : null
  const verifying = { _tag: "Verifying", login, version, commandId: command.commandId, user: admitted } as const
  const verify = (verification: Verification): Step => ({ state: verifying, outputs: [{ _tag: "Verify", verification }] })
  if (command.password !== null) {
    return verify({ _tag: "Clear", login, password: command.password, stored: admitted?.password ?? null })
  }
  if (admitted === null || admitted.password.kind !== "plain" || command.hashed === null) {
    return passRefused(login, version, command.commandId, "login_password")
  }
  const { sessionId } = state
  return verify({ _tag: "Hashed", login, hash: command.hashed, sessionId, secret: admitted.password.value })
}

const verified = (
  world: SessionWorld,
  state: Extract<SessionState, { _tag: "Verifying" }>,
  result: "right" | "wrong" | "error"
): Step => {
  const { login, version, commandId } = state
  if (result === "error") return passRefused(login, version, commandId, "xivo_auth_error")
  const user = world.directory.usersByLogin.get(login)
  // looked up again: the directory may have changed while the password was checked
  const asChecked = user?.id === state.user?.id && sameValue(user?.password, state.user?.password)
  if (result === "wrong" || user?.enabled !== true || !asChecked) {
    return passRefused(login, version, commandId, "login_password")
  }
  if (user.profileId === null) {
    return passRefused(login, version, commandId, isFirstGeneration(version) ? "capaid_undefined" : "login_password")
  }
  const message: ServerMessage = { class: "login_pass", capalist: [user.profileId] }
  return {
    state: { _tag: "Authenticated", userId: user.id, version },
    outputs: [{ _tag: "Authenticated", user }, reply(isFirstGeneration(version) ? replied(message, commandId) : message)]
  }
}

/** Fields that 1.x requires, in the order in which it names the missing ones. */
const missingCapas = (command: Extract<LoginCommand, { _tag: "LoginCapas" }>): ReadonlyArray<string> => {
  const missing: Array<string> = []
  if (command.presence === null) missing.push("state")
  if (command.profileId === null) missing.push("capaid")
  if (command.lastConnectionWins === null) missing.push("lastconnwins")
  if (command.loginKind === null) missing.push("loginkind")
  return missing
}

const profileFor = (
  world: SessionWorld,
  user: User,
  profileId: number,
  version: ProtocolVersion
): Profile | "wrong cti_profile_id" | "unknown cti_profile_id" => {
  const profile = world.directory.profiles.get(profileId)
  const wrong = user.profileId !== profileId
  // 2.x looks whether it is his first, 1.x whether it exists (reference 2.6)
  if (isFirstGeneration(version) && profile === undefined) return "unknown cti_profile_id"
  if (wrong) return "wrong cti_profile_id"
  return profile ?? "unknown cti_profile_id"
}

const loginCapas = (
  world: SessionWorld,
  state: Extract<SessionState, { _tag: "Authenticated" }>,
  command: Extract<LoginCommand, { _tag: "LoginCapas" }>
): Step => {
  const { version } = state
  const user = world.directory.users.get(state.userId)
  if (user === undefined) return { state: { _tag: "Refused" }, outputs: [{ _tag: "Close" }] }
  const answer = (message: ServerMessage): SessionOutput =>
    reply(isFirstGeneration(version) ? replied(message, command.commandId) : message)
  if (isFirstGeneration(version)) {
    const missing = missingCapas(command)
    if (missing.length > 0) return { state, outputs: [answer(errorReply("login_capas", `missing:${missing.join(",")}`))] }
  }
  if (command.profileId === null || command.presence === null) return ignored(state, "login_capas without capaid or state")
  const profile = profileFor(world, user, command.profileId, version)
  if (typeof profile === "string") {
    return {
      state,
      outputs: [answer(errorReply("login_capas", profile)), { _tag: "LoginRefused", login: user.login, reason: profile }]
    }
  }
  return {
    state: { _tag: "LoggedIn", userId: user.id, version },
    outputs: [
      answer(capabilities(world.directory, user, profile, version)),
      {
        _tag: "LoggedIn",
        user,
        presence: command.presence,
        wantsTerms: command.wantsTerms,
        agentPhone: command.loginKind === "agent" && command.agentLoginNow ? command.agentPhoneNumber : null
      }
    ]
  }
}

/** One step. What does not fit the state is ignored, as the original did (reference 2.4, 2.5). */
export const step = (world: SessionWorld, state: SessionState, input: SessionInput): Step => {
  if (input._tag === "Verified") {
    return state._tag === "Verifying" ? verified(world, state, input.result) : ignored(state, "no password was being checked")
  }
  const { command } = input
  switch (command._tag) {
    case "LoginId":
      return state._tag === "Connected" ? loginId(world, command, input.sessionId) : ignored(state, "login_id again")
    case "LoginPass":
      return state._tag === "Identified" ? loginPass(world, state, command) : ignored(state, "login_pass out of turn")
    case "LoginCapas":
      return state._tag === "Authenticated" ? loginCapas(world, state, command) : ignored(state, "login_capas out of turn")
    case "Logout":
      return state._tag === "LoggedIn"
        ? {
            state: { _tag: "LoggedOut", userId: state.userId, version: state.version },
            outputs: [{ _tag: "LoggedOut", userId: state.userId }]
          }
        : ignored(state, "logout without login")
  }
}
