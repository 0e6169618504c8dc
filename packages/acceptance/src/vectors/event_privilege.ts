/** The class of an event, by which Asterisk decides who hears of it. */
import type { Privilege } from "@ctid/simulator/asterisk/privilege"

/** For the events that vectors send. Most tell of calls, and extension states come with those. */
export const eventPrivilege = (event: string): Privilege => {
  const name = event.toLowerCase()
  if (name === "userevent") return "user"
  if (name === "varset") return "dialplan"
  return /^(queue|agent)/.test(name) ? "agent" : "call"
}
