/** What a console may say to the info server (reference 8.2): the commands of the last version, and the useful ones of 2012. */
import type { StatusKind } from "../protocol/client_command.ts"

export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const
export type InfoLogLevel = (typeof LOG_LEVELS)[number]

/** The lists that 2012 could show at a glance. */
export type ShownList = "users" | "phones" | "agents" | "queues"

export type InfoCommand =
  | { readonly _tag: "Help" }
  /** `list`: what the name of a list must contain. `ids`: what must contain an object's id; null: all. */
  | { readonly _tag: "ShowList"; readonly list: string; readonly ids: string | null }
  | { readonly _tag: "Show"; readonly list: ShownList }
  | { readonly _tag: "ShowInfos" }
  | { readonly _tag: "ShowLogged" }
  /** Null: not enough was said; nothing is done. */
  | { readonly _tag: "Disconnect"; readonly peer: { readonly address: string; readonly port: number } | null }
  | { readonly _tag: "Kick"; readonly user: string | null }
  | { readonly _tag: "Register"; readonly kind: StatusKind; readonly server: string; readonly key: string }
  | { readonly _tag: "LogLevel"; readonly level: InfoLogLevel | null; readonly said: string }
  /** `on` null: only the present state is asked for. No events: all of them. */
  | { readonly _tag: "DumpAmi"; readonly on: boolean | null; readonly events: ReadonlyArray<string> }
  | { readonly _tag: "FdList" }
  /** Known, but what was said with it makes no sense: nothing is done. */
  | { readonly _tag: "Nothing" }
  | { readonly _tag: "Unknown" }

const nothing: InfoCommand = { _tag: "Nothing" }

const KINDS: ReadonlyArray<StatusKind> = ["agent", "endpoint", "user"]

const portOf = (text: string): number | null => (/^[0-9]{1,5}$/.test(text) ? Number(text) : null)

const register = ([resource, server, key]: ReadonlyArray<string>): InfoCommand => {
  const kind = KINDS.find((one) => one === resource)
  return kind === undefined || server === undefined || key === undefined ? nothing : { _tag: "Register", kind, server, key }
}

const logLevel = ([verb, level]: ReadonlyArray<string>): InfoCommand => {
  if (verb !== "set" || level === undefined) return nothing
  return { _tag: "LogLevel", level: LOG_LEVELS.find((one) => one === level) ?? null, said: level }
}

const dumpAmi = ([verb, ...events]: ReadonlyArray<string>): InfoCommand => {
  if (verb !== undefined && verb !== "enable" && verb !== "disable") return nothing
  const names = events.flatMap((text) => text.split(",")).filter((name) => /^[A-Za-z0-9_]{1,64}$/.test(name))
  return { _tag: "DumpAmi", on: verb === undefined ? null : verb === "enable", events: verb === "enable" ? names : [] }
}

/** Reads one line that is not empty. */
export const readInfoCommand = (line: string): InfoCommand => {
  const [command = "", ...args] = line.trim().split(/\s+/)
  switch (command) {
    case "help":
      return { _tag: "Help" }
    case "showlist": {
      const [list = "", ...ids] = args
      return { _tag: "ShowList", list, ids: ids.length === 0 ? null : ids.join(" ") }
    }
    case "show_users":
    case "show_phones":
    case "show_agents":
    case "show_queues":
      // the cases name just these
      return { _tag: "Show", list: command.slice("show_".length) as ShownList }
    case "show_infos":
      return { _tag: "ShowInfos" }
    case "show_logged":
      return { _tag: "ShowLogged" }
    case "disc": {
      const [address, port] = args
      if (address === undefined || port === undefined) return { _tag: "Disconnect", peer: null }
      // a port that is none is nobody's
      return { _tag: "Disconnect", peer: { address, port: portOf(port) ?? -1 } }
    }
    case "kick":
      return { _tag: "Kick", user: args[0] ?? null }
    case "register":
      return register(args)
    case "loglevel":
      return logLevel(args)
    case "dumpami":
      return dumpAmi(args)
    case "fdlist":
      return { _tag: "FdList" }
    default:
      return { _tag: "Unknown" }
  }
}

/** The status line that ends every answer. */
export const statusLine = (known: boolean): string => `XIVO-INFO:${known ? "OK" : "KO"}`

export const HELP: ReadonlyArray<string> = [
  "",
  "help",
  "showlist [listname [id]]",
  "disc <ip> <port>",
  "register <resource> <uuid> <id>",
  "show_infos",
  "show_logged",
  "show_users",
  "show_phones",
  "show_agents",
  "show_queues",
  "kick <user>",
  "loglevel set <debug|info|warning|error>",
  "dumpami [enable|disable [events]]",
  "fdlist",
  ""
]
