/** What an administrator should know about a configuration that is accepted. */
import { readAction } from "../presence/action.ts"
import { asMapping, type Declared } from "./declared.ts"
import { rawAt, type Source } from "./decode.ts"
import { type ConfigPath, formatPath, type Notice } from "./problem.ts"

const LATER = "this version does not open it yet"

/** Ports of the options page that nothing listens on yet. */
const unopened: ReadonlyArray<readonly [listener: string, feature: string]> = [
  ["ctis", "CTIS"],
  ["starttls", "STARTTLS (asked for, it is declined)"],
  ["web_interface", "the web interface port"],
  ["info", "the info server"],
  ["announce", "announce"],
  ["fast_agi", "Fast AGI"]
]

/** 127.0.0.0/8, ::1 and their name. */
export const isLoopback = (address: string): boolean => /^(127\.|::1$|localhost$|::ffff:127\.)/i.test(address)

/** The values that notices depend on. */
export interface Noticed {
  readonly listeners: Readonly<Record<string, { readonly enabled: boolean }>>
  readonly cti: { readonly enabled: boolean; readonly address: string }
  readonly ami: { readonly address: string; readonly tls: { readonly enabled: boolean } }
  readonly contextSeparation: boolean
  readonly liveReload: boolean
  readonly externalServers: number
}

/** All notices about a configuration, in the order of the options page. */
export const noticesOf = (source: Source, declared: Declared, values: Noticed): ReadonlyArray<Notice> => {
  const notices: Array<Notice> = []
  const notice = (path: ConfigPath, message: string): void => {
    notices.push({ ...source.position(path), path: formatPath(path), message })
  }
  const written = (path: ConfigPath): boolean => rawAt(source.data, path) !== undefined

  for (const [name, feature] of unopened) {
    const path = ["listeners", name]
    if (asMapping(rawAt(source.data, path)) !== null && values.listeners[name]?.enabled === true)
      notice(path, `${feature}: ${LATER}`)
  }
  if (written(["server", "live_reload"]) && values.liveReload) {
    notice(["server", "live_reload"], "this version does not reload yet: restart to apply a change")
  }
  if (written(["timeouts", "update_period"]))
    notice(["timeouts", "update_period"], "accepted and not used, as in the original since 2012")
  if (values.externalServers > 0) notice(["external_servers"], "accepted and not used, as in the original since 2012")

  if (values.cti.enabled && !isLoopback(values.cti.address)) {
    notice(["listeners", "cti", "address"], "passwords cross the network in clear text, as this version has no encryption yet")
  }
  if (!values.ami.tls.enabled && !isLoopback(values.ami.address)) {
    notice(["ami", "address"], "the link to Asterisk crosses the network in clear text: enable ami.tls")
  }
  const plain = declared.users.accepted.filter(({ value }) => value.plain_password !== null)
  const [firstPlain] = plain
  if (firstPlain !== undefined) {
    const others = plain.length > 1 ? ` (and ${plain.length - 1} more)` : ""
    notice(
      ["users", firstPlain.index, "plain_password"],
      `a password in plain text${others}: needed only for the hashed login of protocol 1.x; else put the output of \`ctid passwd\` under password`
    )
  }
  if (values.contextSeparation) {
    const owned = new Set(declared.lines.accepted.map(({ value }) => value.user))
    const without = declared.users.accepted.filter(({ value }) => value.lines.length === 0 && !owned.has(value.id))
    const [first] = without
    if (first !== undefined) {
      const others = without.length > 1 ? ` (nor have ${without.length - 1} more)` : ""
      notice(["users", first.index], `he has no line${others}: with context separation he sees and does nothing`)
    }
  }
  for (const [name, group] of declared.presenceGroups) {
    for (const presence of group.presences.values()) {
      for (const [action, parameter] of presence.actions) {
        const read = readAction(action, parameter)
        if (read === "unknown" || read === "without_effect") {
          notice(["presence_groups", name, presence.name, "actions", action], "this action has no effect and is skipped")
        }
      }
    }
  }
  return notices
}
