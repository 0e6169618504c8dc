/** A real Asterisk as the AMI transport contract wants it, at once or through a network that cuts what it says. */
import { readFileSync } from "node:fs"
import type { AmiAsterisk, AmiAsteriskWorld } from "@ctid/testing/contracts/ami_transport_contract"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { type AmiDriver, portOf } from "./ami_drivers.ts"
import type { Asterisk } from "./asterisk.ts"
import { makeCuttingNetwork } from "./cutting_network.ts"

type RealAsterisk = Asterisk["Service"]

/** Sockets and servers of this process. */
const sockets = (): number => process.getActiveResourcesInfo().filter((name) => /^(TCP|TLS)/.test(name)).length

type Harms = Pick<AmiAsterisk, "down" | "up" | "freeze" | "thaw">

/** What a case does to Asterisk's process; the scope's end makes it good. */
const harmsOf = (asterisk: RealAsterisk, scope: Scope.Scope): Harms => {
  const { kill, startAgain, freeze, thaw } = asterisk
  const mending = (harm: Effect.Effect<void, unknown>, mend: Effect.Effect<void, unknown>): Effect.Effect<void, unknown> =>
    Effect.andThen(Scope.addFinalizer(scope, Effect.orDie(mend)), harm)
  return { down: mending(kill, startAgain), up: startAgain, freeze: mending(freeze, thaw), thaw }
}

/** How often the log says that somebody was not let in. */
const refusalsIn = (log: string): number => readFileSync(log, "utf8").split("failed to authenticate as").length - 1

/** `through`: what the driver connects to. `itself` is killed and frozen; a network breaks and goes deaf. */
export const realAmi = (
  driver: AmiDriver,
  asterisk: RealAsterisk,
  through: "itself" | "a cutting network"
): AmiAsteriskWorld => {
  let listeners = (): number => 0
  return {
    abilities: driver.abilities,
    held: () => sockets() + listeners(),
    ping: 500,
    // a borrowed connection is watched for a second each time before Asterisk counts as booted
    reconnections: (driver.abilities.ownsConnection ? 20 : 2) * (through === "itself" ? 5 : 1),
    start: Effect.gen(function* () {
      const { info } = asterisk
      const scope = yield* Effect.scope
      yield* asterisk.console("database deltree contract")
      const network = through === "itself" ? null : yield* makeCuttingNetwork(portOf(driver, info), driver.encrypted)
      const opened = yield* driver.open(info, network?.port ?? portOf(driver, info))
      listeners = opened.listeners
      let known = 0
      return {
        ...(network ?? harmsOf(asterisk, scope)),
        transport: opened.transport,
        account: { username: "operator", secret: info.secret },
        connections: Effect.map(asterisk.console("manager show connected"), (text) =>
          Number(/(\d+) users? connected/.exec(text)?.[1])
        ),
        refusals: Effect.sync(() => refusalsIn(info.log) - known),
        refuse: Effect.gen(function* () {
          yield* Scope.addFinalizer(scope, Effect.orDie(asterisk.setSecret(info.secret)))
          yield* asterisk.setSecret("another")
          known = refusalsIn(info.log)
        }),
        admit: asterisk.setSecret(info.secret)
      }
    })
  }
}
