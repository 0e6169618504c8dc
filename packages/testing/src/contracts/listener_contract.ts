/** What every `Listener` and `Connection` must do, over a network that the implementation brings along. */
import type { ContractCase } from "./contract.ts"
import { connectionContract } from "./listener_contract_connection.ts"
import { insideTls, tlsContract } from "./listener_contract_tls.ts"
import type { ListenerWorld } from "./listener_contract_world.ts"

export type { FarEnd, ListenerWorld } from "./listener_contract_world.ts"

const over = (how: Parameters<typeof insideTls>[1]): ReadonlyArray<ContractCase<ListenerWorld>> =>
  connectionContract.map(({ name, run }) => ({
    name: `inside TLS ${how}: ${name}`,
    run: (world) => run(insideTls(world, how))
  }))

/** The whole contract: connections in clear, their way into TLS, and all of it again inside TLS. */
export const listenerContract: ReadonlyArray<ContractCase<ListenerWorld>> = [
  ...connectionContract,
  ...tlsContract,
  ...over("from the first byte"),
  ...over("after an upgrade")
]
