/** The AMI transport contract on a real Asterisk, with every driver; a simulated one passes the same cases. */
import { amiAsteriskContract } from "@ctid/testing/contracts/ami_transport_contract"
import { layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { amiDrivers } from "./ami_drivers.ts"
import { Asterisk } from "./asterisk.ts"
import { realAmi } from "./real_ami.ts"

layer(Asterisk.layer("ami-contract"), { timeout: 300_000, excludeTestServices: true })(
  "the AMI transport contract on a real Asterisk",
  (it) => {
    for (const driver of amiDrivers) {
      for (const through of ["itself", "a cutting network"] as const) {
        for (const { name, run } of amiAsteriskContract) {
          it.effect(`${driver.name}, through ${through}: ${name}`, () =>
            Effect.flatMap(Asterisk, (asterisk) => run(realAmi(driver, asterisk, through)))
          )
        }
      }
    }
  }
)
