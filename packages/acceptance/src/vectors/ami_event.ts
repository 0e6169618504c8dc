/** An event of Asterisk, as a vector writes it. */
import type { Header } from "@ctid/simulator/asterisk/ami_packet"
import type { Privilege } from "@ctid/simulator/asterisk/privilege"

export interface AmiEvent {
  /** The class, by which Asterisk decides who hears of it. */
  readonly privilege: Privilege
  readonly event: string
  /** Without `Event`, and without the class, which the simulated Asterisk writes itself. */
  readonly headers: ReadonlyArray<Header>
  /** Number of the agent whose logoff it reports. */
  readonly loggedOff: string | null
}

/** For the events that vectors send. Most tell of calls, and extension states come with those. */
const privilegeOf = (event: string): Privilege => {
  if (event === "userevent") return "user"
  if (event === "varset") return "dialplan"
  return /^(queue|agent)/.test(event) ? "agent" : "call"
}

export const amiEvent = (all: ReadonlyArray<Header>): AmiEvent => {
  const value = (name: string): string => all.find(([one]) => one.toLowerCase() === name)?.[1] ?? ""
  const event = value("event")
  const isLogoff = event.toLowerCase() === "userevent" && value("userevent").toLowerCase() === "agentlogoff"
  return {
    privilege: privilegeOf(event.toLowerCase()),
    event,
    headers: all.filter(([name]) => !["event", "privilege"].includes(name.toLowerCase())),
    loggedOff: isLogoff ? value("agentnumber") : null
  }
}
