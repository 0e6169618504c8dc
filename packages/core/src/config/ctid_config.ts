/** `ctid.yml`, validated: everything that a server needs to know (reference 7.1). Pure: the file was read and parsed elsewhere. */
import type * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import type { CtidConfig, PasswordsConfig } from "./config_model.ts"
import { crossCheck } from "./cross_checks.ts"
import { asMapping, readDeclared, readExternalServers } from "./declared.ts"
import { decoder, refuse, refuseKey, type Source } from "./decode.ts"
import { toDirectory } from "./directory_objects.ts"
import { noticesOf } from "./notices.ts"
import { AmiSection, TelephonySection } from "./pbx_sections.ts"
import { checkPorts } from "./port_checks.ts"
import { byPosition, ConfigError, type PositionOf } from "./problem.ts"
import {
  type Limits,
  type Passwords,
  toAmi,
  toListeners,
  toPasswords,
  toSettings,
  toTelephony,
  toTls
} from "./sections_to_config.ts"
import {
  LimitsSection,
  ListenersSection,
  LogSection,
  PasswordsSection,
  ServerSection,
  TimeoutsSection,
  TlsSection
} from "./server_sections.ts"

/** The sections that are mappings of options. */
export const sections = {
  server: ServerSection,
  timeouts: TimeoutsSection,
  limits: LimitsSection,
  listeners: ListenersSection,
  tls: TlsSection,
  ami: AmiSection,
  telephony: TelephonySection,
  passwords: PasswordsSection,
  log: LogSection
}

/** The lists and groups of objects. */
export const collections = [
  "users",
  "lines",
  "agents",
  "queues",
  "voicemails",
  "profiles",
  "presence_groups",
  "hint_groups",
  "external_servers"
] as const

const decoders = {
  server: decoder(sections.server),
  timeouts: decoder(sections.timeouts),
  limits: decoder(sections.limits),
  listeners: decoder(sections.listeners),
  tls: decoder(sections.tls),
  ami: decoder(sections.ami),
  telephony: decoder(sections.telephony),
  passwords: decoder(sections.passwords),
  log: decoder(sections.log)
}

/** Limits that contradict each other. */
const checkLimits = (source: Source, limits: Limits | undefined, passwords: Passwords | undefined): void => {
  if (limits !== undefined && limits.fax_budget < limits.fax_line) {
    refuse(source, ["limits", "fax_budget"], "at least limits.fax_line", `${limits.fax_budget} bytes`)
  }
  if (passwords !== undefined && passwords.memory < passwords.parallelism * 8 * 1024) {
    refuse(source, ["passwords", "memory"], "at least 8 KiB for each of passwords.parallelism", `${passwords.memory} bytes`)
  }
}

const read = <K extends keyof typeof decoders>(
  source: Source,
  root: Readonly<Record<string, unknown>>,
  name: K
): ReturnType<(typeof decoders)[K]> =>
  // `name:` with nothing after it is an empty section. The cast: the decoder of a key answers that key's section.
  decoders[name](source, [name], root[name] ?? {}) as ReturnType<(typeof decoders)[K]>

/**
 * Validates the parsed content of `ctid.yml` (CSV files that it names already put in the place of their lists). `position` says where a
 * path was written. Fails with all problems at once.
 */
export const decodeConfig = Effect.fnUntraced(function* (
  data: unknown,
  position: PositionOf
): Effect.fn.Return<CtidConfig, ConfigError, Digest.Digest> {
  const source: Source = { data, position, problems: [] }
  const root = asMapping(data ?? {})
  if (root === null) {
    refuse(source, [], `a mapping of sections: ${Object.keys(sections).join(", ")}...`)
    return yield* new ConfigError({ problems: source.problems })
  }
  const known = [...Object.keys(sections), ...collections]
  for (const key of Object.keys(root)) if (!known.includes(key)) refuseKey(source, [key], known)
  const server = read(source, root, "server")
  const timeouts = read(source, root, "timeouts")
  const limits = read(source, root, "limits")
  const listeners = read(source, root, "listeners")
  const tls = read(source, root, "tls")
  const ami = read(source, root, "ami")
  const telephony = read(source, root, "telephony")
  const passwords = read(source, root, "passwords")
  const log = read(source, root, "log")
  const declared = readDeclared(source, root)
  const externalServers = readExternalServers(source, root)
  checkLimits(source, limits, passwords)
  checkPorts(source, listeners, tls)
  crossCheck(source, declared, telephony === undefined ? null : toTelephony(telephony).templates)

  if (
    source.problems.length > 0 ||
    !server ||
    !timeouts ||
    !limits ||
    !listeners ||
    !tls ||
    !ami ||
    !telephony ||
    !passwords ||
    !log
  ) {
    return yield* new ConfigError({ problems: source.problems.toSorted(byPosition) })
  }
  return {
    settings: toSettings(server, timeouts, limits),
    directory: yield* toDirectory(server.uuid, declared),
    listeners: toListeners(listeners, tls),
    tls: toTls(tls),
    liveReload: server.live_reload,
    watchFiles: server.watch_files,
    ami: toAmi(ami),
    telephony: toTelephony(telephony),
    passwords: toPasswords(passwords),
    log,
    notices: noticesOf(source, declared, {
      listeners: toListeners(listeners, tls),
      tls,
      ami,
      contextSeparation: server.context_separation,
      externalServers
    })
  }
})

/** Validates the section `passwords` alone, so that passwords can be made for a file that is not complete yet. */
export const decodePasswordsConfig = (data: unknown, position: PositionOf): Effect.Effect<PasswordsConfig, ConfigError> =>
  Effect.suspend(() => {
    const source: Source = { data, position, problems: [] }
    const passwords = read(source, asMapping(data) ?? {}, "passwords")
    checkLimits(source, undefined, passwords)
    return passwords === undefined || source.problems.length > 0
      ? Effect.fail(new ConfigError({ problems: source.problems.toSorted(byPosition) }))
      : Effect.succeed(toPasswords(passwords))
  })

/** Where nothing is written in a file: embedded and generated configurations. */
export const positionIn =
  (file: string): PositionOf =>
  () => ({ file, line: 1, column: 1 })
