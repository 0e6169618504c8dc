/** The classes by which Asterisk says who may see an event or use an action. */

export const PRIVILEGES = [
  "system",
  "call",
  "log",
  "verbose",
  "command",
  "agent",
  "user",
  "config",
  "dtmf",
  "reporting",
  "cdr",
  "dialplan",
  "originate",
  "agi",
  "cc",
  "aoc",
  "test",
  "security",
  "message"
] as const

export type Privilege = (typeof PRIVILEGES)[number]

/** Reads `all`, `call,agent`, or the words of an event mask: `on` and `off`. Unknown words are ignored, as Asterisk does. */
export const parsePrivileges = (text: string): ReadonlySet<Privilege> => {
  const words = text
    .toLowerCase()
    .split(",")
    .map((word) => word.trim())
  if (words.some((word) => word === "all" || word === "on" || word === "yes" || word === "true")) return new Set(PRIVILEGES)
  return new Set(PRIVILEGES.filter((privilege) => words.includes(privilege)))
}

/** `(Priv: call,reporting,all)` as `ListCommands` shows it. */
export const describePrivileges = (privileges: ReadonlyArray<Privilege>): string =>
  `(Priv: ${privileges.length === 0 ? "<none>" : [...privileges, "all"].join(",")})`
