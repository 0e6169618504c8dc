/**
 * What every `AmiTransport` must do, over a manager port that the implementation brings along: chunk splits, repeated headers, answers each to
 * its own, refused injection, far ends that are silent, restarted, endless or refuse the login.
 */

import { amiSessionCases } from "./ami_transport_contract_session.ts"
import { amiWireCases } from "./ami_transport_contract_wire.ts"
import type { AmiTransportWorld } from "./ami_transport_contract_world.ts"
import type { ContractCase } from "./contract.ts"

export type { AmiFarEnd, AmiFarEndHandlers, AmiFarEndScript } from "./ami_transport_contract_peer.ts"
export type { AmiPort, AmiTransportAbilities, AmiTransportWorld } from "./ami_transport_contract_world.ts"

/** The whole contract. */
export const amiTransportContract: ReadonlyArray<ContractCase<AmiTransportWorld>> = [...amiWireCases, ...amiSessionCases]
