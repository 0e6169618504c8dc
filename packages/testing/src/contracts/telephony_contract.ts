/** What every Telephony must do, on a simulated PBX as on a real one. */
import type { ContractCase } from "./contract.ts"
import { agentCases } from "./telephony_agents_contract.ts"
import { callCases, serviceCases, stateCases } from "./telephony_lines_contract.ts"
import { presenceCases } from "./telephony_presences_contract.ts"
import { resyncCases } from "./telephony_resync_contract.ts"
import type { TelephonyWorld } from "./telephony_world.ts"

/** The whole contract. Each case needs a world of its own, a real clock, and up to a minute. */
export const telephonyContract: ReadonlyArray<ContractCase<TelephonyWorld>> = [
  ...stateCases,
  ...callCases,
  ...serviceCases,
  ...presenceCases,
  ...agentCases,
  ...resyncCases
]
