/** What the server under test serves beyond the ground that every vector stands on. A vector that needs more waits. */
import type { Capability } from "@ctid/testing/vectors/capability"

export const served: ReadonlySet<Capability> = new Set<Capability>()
