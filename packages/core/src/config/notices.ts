/** What an administrator should know about a configuration that is accepted. */

import { isLoopback } from "../connection/network.ts"
import type { TlsVersion } from "../connection/tls_identity.ts"
import { readAction } from "../presence/action.ts"
import type { ListenersConfig } from "./config_model.ts"
import type { Declared } from "./declared.ts"
import { rawAt, type Source } from "./decode.ts"
import { type ConfigPath, formatPath, type Notice } from "./problem.ts"

/** Ports that ask nobody who he is. */
const unguarded = [
  ["web_interface", "webInterface"],
  ["info", "info"],
  ["announce", "announce"],
  ["fast_agi", "fastAgi"]
] as const

/** The values that notices depend on. */
export interface Noticed {
  readonly listeners: ListenersConfig
  readonly tls: { readonly minimum_version: TlsVersion }
  readonly ami: { readonly address: string; readonly tls: { readonly enabled: boolean } }
  readonly contextSeparation: boolean
  readonly externalServers: number
}

/** All notices about a configuration, in the order of the options page. */
export const noticesOf = (source: Source, declared: Declared, values: Noticed): ReadonlyArray<Notice> => {
  const notices: Array<Notice> = []
  const notice = (path: ConfigPath, message: string): void => {
    notices.push({ ...source.position(path), path: formatPath(path), message })
  }
  const written = (path: ConfigPath): boolean => rawAt(source.data, path) !== undefined
  const { cti } = values.listeners

  if (written(["timeouts", "update_period"]))
    notice(["timeouts", "update_period"], "accepted and not used, as in the original since 2012")
  if (values.externalServers > 0) notice(["external_servers"], "accepted and not used, as in the original since 2012")

  if (cti.enabled && cti.encryption !== "required" && !isLoopback(cti.address)) {
    notice(["listeners", "cti", "allow_clear_text"], "passwords may cross the network in clear text")
  }
  for (const [name, key] of unguarded) {
    const { enabled, address } = values.listeners[key]
    if (enabled && !isLoopback(address)) {
      notice(["listeners", name, "address"], "this port asks for no password: everybody who reaches it may use it")
    }
  }
  if (values.tls.minimum_version === "TLSv1" || values.tls.minimum_version === "TLSv1.1") {
    notice(
      ["tls", "minimum_version"],
      "versions of TLS that are broken (RFC 8996), and weak ciphers, are admitted: only for as long as an old desktop client needs them"
    )
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
