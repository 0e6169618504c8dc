/** A simulated Asterisk behind a port that speaks bytes: the world of those cases of the contract that need no script. */
import { SimulatedAsterisk } from "@ctid/simulator/asterisk/simulated_asterisk"
import * as Effect from "effect/Effect"
import type { AmiFarEndScript } from "./ami_transport_contract_peer.ts"
import type { AmiAccount, AmiAsteriskWorld, AmiTransportWorld } from "./ami_transport_contract_world.ts"

/** Who is let in; the owner of a borrowed connection signs in as him. */
export const contractAccount: AmiAccount = { username: "cti", secret: "cti-secret" }

const everything = { read: "all", write: "all" }

/** Hands bytes on in both directions; while it is frozen nothing is taken from the client. */
class Mouth {
  #frozen = false
  readonly #asterisk: SimulatedAsterisk
  readonly #tellsBooted: boolean
  #waiting: Array<() => void> = []

  constructor(asterisk: SimulatedAsterisk, tellsBooted: boolean) {
    this.#asterisk = asterisk
    this.#tellsBooted = tellsBooted
  }

  freeze(): void {
    this.#frozen = true
  }

  thaw(): void {
    this.#frozen = false
    const waiting = this.#waiting
    this.#waiting = []
    for (const take of waiting) take()
  }

  readonly script: AmiFarEndScript = ({ send, end }) => {
    const pipe = this.#asterisk.connect({ onBytes: send, onClose: end })
    const take = (bytes: Uint8Array): void => {
      pipe.write(bytes)
      if (this.#tellsBooted && this.#asterisk.actions().at(-1)?.name === "QueueStatus") this.#sayBooted()
    }
    return {
      onBytes: (bytes) => {
        // the bytes may be used again by whoever gave them
        const kept = bytes.slice()
        if (this.#frozen) this.#waiting.push(() => take(kept))
        else take(kept)
      },
      onClose: pipe.close
    }
  }

  /** A session over somebody else's connection does not hear what is said at the login, and would wait a second for it each time. */
  #sayBooted(): void {
    Effect.runSync(this.#asterisk.emit("system", "FullyBooted", [["Status", "Fully Booted"]]))
  }
}

export const simulatedAsterisk = (world: AmiTransportWorld): AmiAsteriskWorld => ({
  abilities: world.abilities,
  held: world.held,
  ping: 100,
  reconnections: world.reconnections ?? 500,
  start: Effect.gen(function* () {
    const asterisk = yield* SimulatedAsterisk.make({ users: [{ ...contractAccount, ...everything }] })
    const mouth = new Mouth(asterisk, !world.abilities.ownsConnection)
    const { transport, down, up } = yield* world.serve(mouth.script)
    const thaw = Effect.sync(() => mouth.thaw())
    return {
      transport,
      account: contractAccount,
      connections: Effect.sync(asterisk.connections),
      refusals: Effect.sync(() => asterisk.actions().filter(({ name }) => name.toLowerCase() === "login").length),
      down: Effect.andThen(asterisk.kill, down),
      up: Effect.andThen(Effect.andThen(thaw, asterisk.start()), up),
      freeze: Effect.sync(() => mouth.freeze()),
      thaw,
      refuse: Effect.andThen(
        asterisk.setUsers([{ username: contractAccount.username, secret: "another", ...everything }]),
        asterisk.forgetActions
      ),
      admit: asterisk.setUsers([{ ...contractAccount, ...everything }])
    }
  })
})
