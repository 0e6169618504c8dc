/** How the parts of the simulated Asterisk tell the world what happened. */
import type { Headers } from "./ami_packet.ts"
import type { Privilege } from "./privilege.ts"

/** Sends an event to every session that may and wants to see it. */
export type Publish = (privilege: Privilege, event: string, headers: Headers) => void
