/** What an Asterisk lacks for this server: rights of its user, modules, hints, queues. Asks only what changes nothing. */
import { type DirectorySnapshot, deviceKey, lineKey } from "@ctid/core/directory/directory"
import type * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import type { AmiActionError } from "./ami_action.ts"
import { type AmiLink, type AmiLoginError, openAmiLink } from "./ami_link.ts"
import type { AmiMessage } from "./ami_message.ts"
import type { AmiSettings } from "./ami_settings.ts"
import type { AmiTransport, AmiTransportError } from "./ami_transport.ts"

export interface AmiFinding {
  /** `missing`: something will not work. `advice`: it works, but not as well as it could. `unknown`: this user may not find out. */
  readonly level: "missing" | "advice" | "unknown"
  readonly kind: "right" | "module" | "hint" | "queue" | "voicemail"
  /** `write agent`, `app_queue`, `1001@default` ... */
  readonly name: string
  /** What is missing, what that takes away, what to do. */
  readonly message: string
}

export interface AmiReport {
  /** `22.10.1`; null: this user may not ask. */
  readonly asteriskVersion: string | null
  readonly findings: ReadonlyArray<AmiFinding>
}

type Link = Pick<AmiLink, "action" | "list" | "saidBooted">
/** What an action that was sent without its headers came to: `there` when Asterisk only missed those. */
type Probe = "there" | "denied" | "unknown_action"

/** Sent bare: Asterisk checks the right first, then that its headers are there, and does nothing. */
const probe = (link: Link, action: string): Effect.Effect<Probe, AmiActionError> =>
  Effect.catch(Effect.as(link.action(action), "there" as const), (error) => {
    if (error.reason === "denied" || error.reason === "unknown_action") return Effect.succeed(error.reason)
    return isBroken(error) ? Effect.fail(error) : Effect.succeed("there" as const)
  })

/** The link broke, or Asterisk does not answer: nothing can be said. */
const isBroken = (error: AmiActionError): boolean => !["denied", "unknown_action", "refused"].includes(error.reason)

type Answer = ReadonlyArray<AmiMessage> | Exclude<Probe, "there">

/** Items of a list, or why there are none. */
const ask = (link: Link, action: string): Effect.Effect<Answer, AmiActionError> =>
  Effect.catch(
    Effect.map(link.list(action), ({ items }): Answer => items),
    (error): Effect.Effect<Answer, AmiActionError> => {
      if (error.reason === "denied" || error.reason === "unknown_action") return Effect.succeed(error.reason)
      return isBroken(error) ? Effect.fail(error) : Effect.succeed([])
    }
  )

const isList = (answer: Answer): answer is ReadonlyArray<AmiMessage> => typeof answer !== "string"

const writeRight = (right: string, loses: string): AmiFinding => ({
  level: "missing",
  kind: "right",
  name: `write ${right}`,
  message: `The user may not ${loses}: add ${right} to its 'write =' line in manager.conf, then 'manager reload'.`
})

const module = (name: string, loses: string): AmiFinding => ({
  level: "missing",
  kind: "module",
  name,
  message: `Asterisk has not loaded ${name}: ${loses}. 'module load ${name}.so', and see that modules.conf does not forbid it.`
})

/** Rights to write, each with an action that needs it and no other. */
const RIGHTS = [
  ["agent", "QueuePause", "log agents in and off or pause them"],
  ["call", "Setvar", "set device states, the lamps of do not disturb"],
  ["originate", "Originate", "let one phone listen to another"],
  ["system", "DBPut", "set do not disturb and forwards"],
  ["reporting", "DBGet", "read do not disturb and forwards"]
] as const

const checkRights = Effect.fnUntraced(function* (link: Link) {
  const findings: Array<AmiFinding> = []
  for (const [right, action, loses] of RIGHTS) {
    const found = yield* probe(link, action)
    if (found === "denied") findings.push(writeRight(right, loses))
    else if (found === "unknown_action" && right === "agent") {
      findings.push(module("app_queue", "there are no queues and no agents"))
    }
  }
  return findings
})

/** Classes of events, and what is not seen without them. */
const READS = [
  ["call", "states of phones, calls and voicemails"],
  ["agent", "queue members and queue calls"],
  ["user", "logins that a dialplan reports"]
] as const

const readRight = (right: string, loses: string): AmiFinding => ({
  level: "missing",
  kind: "right",
  name: `read ${right}`,
  message: `The user does not hear of ${loses}: add ${right} to its 'read =' line in manager.conf, then 'manager reload'.`
})

/** Only the console tells what a user may read, and only who may use the console may ask it. */
const checkReads = Effect.fnUntraced(function* (link: Link, username: string) {
  const console = link.action("Command", [["Command", `manager show user ${username}`]])
  const output = yield* Effect.catch(
    Effect.map(console, (answer) => answer.all("Output")),
    (error) => (isBroken(error) ? Effect.fail(error) : Effect.succeed<ReadonlyArray<string>>([]))
  )
  const line = output.map((text) => /^\s*read perm:\s*(.*)$/i.exec(text)?.[1]).find((perms) => perms !== undefined)
  if (line !== undefined) {
    const classes = new Set(line.split(",").map((name) => name.trim()))
    const has = (right: string): boolean => classes.has(right) || classes.has("all")
    return [["system", "a start or a reload of Asterisk"] as const, ...READS]
      .filter(([right]) => !has(right))
      .map(([right, loses]) => readRight(right, loses))
  }
  const findings: Array<AmiFinding> = link.saidBooted() ? [] : [readRight("system", "a start or a reload of Asterisk")]
  const wanted = READS.map(([right]) => right).join(", ")
  findings.push({
    level: "unknown",
    kind: "right",
    name: `read ${wanted}`,
    message: `Whether the user reads ${wanted} cannot be asked without the right 'command': see its 'read =' line in manager.conf.`
  })
  return findings
})

/** Modules that no list of ours gives away. */
const MODULES = [
  ["func_devstate", "do not disturb has no lamp, and is not seen when it is set at a phone"],
  ["app_chanspy", "nobody can listen to an agent"]
] as const

/** Only where phones are told of presences. */
const PRESENCE_MODULES = [
  ["func_presencestate", "phones are not told of presences"],
  ["res_manager_presencestate", "presences that are set at phones are not seen"]
] as const

/** What of presences phones are told. */
const tellsPhones = ({ data }: DirectorySnapshot): boolean =>
  data.presenceGroups.some(({ presences }) =>
    [...presences.values()].some(({ phoneState, phoneLamp }) => phoneState != null || phoneLamp === true)
  )

type Loaded = "loaded" | "absent" | "unknown"

/** Who may not ask for modules may still ask for a value that only this function gives: `UNKNOWN` for a device that is none. */
const hasDeviceStates = (link: Link): Effect.Effect<Loaded, AmiActionError> =>
  Effect.catch(
    Effect.map(
      link.action("Getvar", [["Variable", "DEVICE_STATE(Custom:ctid-check)"]]),
      (answer): Loaded => (answer.get("Value") === "UNKNOWN" ? "loaded" : "absent")
    ),
    (error): Effect.Effect<Loaded, AmiActionError> => (isBroken(error) ? Effect.fail(error) : Effect.succeed("unknown"))
  )

const isLoaded = (link: Link, name: string): Effect.Effect<Loaded, AmiActionError> =>
  Effect.catch(
    Effect.map(link.action("ModuleCheck", [["Module", name]]), (): Loaded => "loaded"),
    (error): Effect.Effect<Loaded, AmiActionError> => {
      if (isBroken(error)) return Effect.fail(error)
      if (error.reason === "refused") return Effect.succeed("absent")
      return name === "func_devstate" ? hasDeviceStates(link) : Effect.succeed("unknown")
    }
  )

const checkModules = Effect.fnUntraced(function* (link: Link, directory: DirectorySnapshot) {
  const findings: Array<AmiFinding> = []
  for (const [name, loses] of [...MODULES, ...(tellsPhones(directory) ? PRESENCE_MODULES : [])]) {
    const found = yield* isLoaded(link, name)
    if (found === "absent") findings.push(module(name, loses))
    else if (found === "unknown") {
      findings.push({
        level: "unknown",
        kind: "module",
        name,
        message: `Whether ${name} is loaded cannot be asked without the right 'write = system'. Without it ${loses}.`
      })
    }
  }
  return findings
})

/** At most so many lines are named in one sentence. */
const NAMED = 10

const named = (names: ReadonlyArray<string>): string =>
  names.length <= NAMED ? names.join(", ") : `${names.slice(0, NAMED).join(", ")} and ${names.length - NAMED} more`

const checkStates = Effect.fnUntraced(function* (link: Link, directory: DirectorySnapshot) {
  const findings: Array<AmiFinding> = []
  const hints = yield* ask(link, "ExtensionStateList")
  const devices = yield* ask(link, "DeviceStateList")
  if (hints === "denied" || devices === "denied") {
    findings.push(writeRight("call,reporting", "ask for the states of phones"))
    return findings
  }
  if (hints === "unknown_action") findings.push(module("manager_extension_state", "states of hints are not known at the start"))
  if (devices === "unknown_action") {
    findings.push(module("res_manager_devicestate", "states of phones without a hint are not known at the start"))
  }
  const hinted = new Set(isList(hints) ? hints.map((item) => lineKey(item.get("Exten") ?? "", item.get("Context") ?? "")) : [])
  const known = new Set(isList(devices) ? devices.map((item) => deviceKey(item.get("Device") ?? "")) : [])
  const byContext = new Map<string, { readonly seen: Array<string>; readonly unseen: Array<string> }>()
  for (const line of directory.data.lines) {
    if (hinted.has(lineKey(line.number, line.context))) continue
    const group = byContext.get(line.context) ?? { seen: [], unseen: [] }
    byContext.set(line.context, group)
    const list = known.has(deviceKey(line.device)) ? group.seen : group.unseen
    list.push(`${line.number} (${line.device})`)
  }
  for (const [context, { seen, unseen }] of byContext) {
    const fix = `add 'exten => <number>,hint,<device>' to [${context}] of the dialplan, then 'dialplan reload'`
    if (unseen.length > 0) {
      findings.push({
        level: "missing",
        kind: "hint",
        name: context,
        message: `No hint, and no device that Asterisk knows, for ${named(unseen)}: clients see no state of them; ${fix}.`
      })
    }
    if (seen.length > 0) {
      findings.push({
        level: "advice",
        kind: "hint",
        name: context,
        message: `No hint for ${named(seen)}: the state of the device is shown; for several devices together ${fix}.`
      })
    }
  }
  return findings
})

const checkQueues = Effect.fnUntraced(function* (link: Link, directory: DirectorySnapshot) {
  const items = yield* ask(link, "QueueStatus")
  // a missing app_queue is told with the rights
  if (!isList(items)) return []
  const there = new Set(items.map((item) => item.get("Queue") ?? ""))
  return directory.data.queues
    .filter((queue) => !there.has(queue.name))
    .map(
      (queue): AmiFinding => ({
        level: "missing",
        kind: "queue",
        name: queue.name,
        message: `Asterisk has no queue '${queue.name}': add [${queue.name}] to queues.conf, then 'queue reload all'.`
      })
    )
})

const checkVoicemails = Effect.fnUntraced(function* (link: Link, directory: DirectorySnapshot) {
  if (directory.data.voicemails.length === 0) return []
  const items = yield* ask(link, "VoicemailUsersList")
  if (items === "unknown_action") return [module("app_voicemail", "new messages are not counted")]
  if (!isList(items)) return [writeRight("call,reporting", "ask for voicemail boxes")]
  const there = new Set(items.map((item) => `${item.get("VoiceMailbox") ?? ""}@${item.get("VMContext") ?? ""}`))
  return [...directory.voicemailsByName.keys()]
    .filter((name) => !there.has(name))
    .map(
      (name): AmiFinding => ({
        level: "missing",
        kind: "voicemail",
        name,
        message: `Asterisk has no voicemail box ${name}: add it to voicemail.conf, then 'voicemail reload'.`
      })
    )
})

/** Looks at an Asterisk through a link that is ready. Changes nothing there. */
export const checkAmi = Effect.fnUntraced(function* (
  link: Link,
  directory: DirectorySnapshot,
  username: string
): Effect.fn.Return<AmiReport, AmiActionError> {
  const settings = yield* Effect.catch(
    Effect.map(link.action("CoreSettings"), (answer) => answer.get("AsteriskVersion")),
    () => Effect.succeed(undefined)
  )
  return {
    asteriskVersion: settings ?? null,
    findings: [
      ...(yield* checkRights(link)),
      ...(yield* checkReads(link, username)),
      ...(yield* checkModules(link, directory)),
      ...(yield* checkStates(link, directory)),
      ...(yield* checkQueues(link, directory)),
      ...(yield* checkVoicemails(link, directory))
    ]
  }
})

/** Connects once, looks, and logs off. */
export const checkAsterisk = (
  settings: AmiSettings,
  directory: DirectorySnapshot
): Effect.Effect<AmiReport, AmiTransportError | AmiLoginError | AmiActionError, AmiTransport | Digest.Digest> =>
  Effect.scoped(
    Effect.gen(function* () {
      const link = yield* openAmiLink(settings, {
        interesting: new Set(),
        onEvents: () => {},
        onState: () => Effect.void,
        idPrefix: "ctid-check"
      })
      const report = yield* checkAmi(link, directory, settings.username)
      yield* Effect.ignore(link.action("Logoff"))
      return report
    })
  )
