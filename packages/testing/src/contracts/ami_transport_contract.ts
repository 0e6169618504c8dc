/**
 * What every `AmiTransport` must do. Each case says by its world what it needs at the other end: an Asterisk, real or simulated, or a script
 * that says every byte.
 */

import { amiScriptedCases } from "./ami_transport_contract_scripted.ts"
import { amiSessionCases } from "./ami_transport_contract_session.ts"
import { simulatedAsterisk } from "./ami_transport_contract_simulated.ts"
import { amiWireCases } from "./ami_transport_contract_wire.ts"
import type { AmiAsteriskWorld, AmiTransportWorld } from "./ami_transport_contract_world.ts"
import type { ContractCase } from "./contract.ts"

export { keepConnected } from "./ami_transport_contract_owner.ts"
export type { AmiFarEnd, AmiFarEndHandlers, AmiFarEndScript } from "./ami_transport_contract_peer.ts"
export { contractAccount } from "./ami_transport_contract_simulated.ts"
export type {
  AmiAccount,
  AmiAsterisk,
  AmiAsteriskWorld,
  AmiPort,
  AmiTransportAbilities,
  AmiTransportWorld
} from "./ami_transport_contract_world.ts"

/** What a transport must do with any Asterisk: repeated headers, answers each to its own, refused injection, restarts, silence, refused logins. */
export const amiAsteriskContract: ReadonlyArray<ContractCase<AmiAsteriskWorld>> = [...amiWireCases, ...amiSessionCases]

/** The whole contract, over a port that the implementation serves: what only a script can say, and a simulated Asterisk. */
export const amiTransportContract: ReadonlyArray<ContractCase<AmiTransportWorld>> = [
  ...amiScriptedCases,
  ...amiAsteriskContract.map(({ name, run }) => ({
    name,
    run: (world: AmiTransportWorld) => run(simulatedAsterisk(world))
  }))
]
