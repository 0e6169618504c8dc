import { AmiTelephony } from "@ctid/ami/ami_telephony"
import { Telephony } from "@ctid/core/telephony/telephony"
import { MemoryDirectory } from "@ctid/simulator/memory_directory"
import { describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { MemoryAmiTransport } from "../memory_ami_transport.ts"
import { telephonyContract } from "./telephony_contract.ts"
import { simulatedControl, simulatedManager, simulatedPbx } from "./telephony_simulated.ts"
import { type MakeTelephonyWorld, telephonyDirectory } from "./telephony_world.ts"

const makeWorld = (chunkBytes: number): MakeTelephonyWorld =>
  Effect.gen(function* () {
    const asterisk = yield* simulatedPbx
    const telephony = yield* Layer.build(
      AmiTelephony.layer({
        ami: { username: simulatedManager.username, secret: Redacted.make(simulatedManager.secret), retryFirst: 20 }
      }).pipe(
        Layer.provide([
          MemoryAmiTransport.layer(asterisk, { chunkBytes }),
          MemoryDirectory.layer(telephonyDirectory),
          Digest.layerWebCrypto
        ])
      )
    )
    return { telephony: yield* Effect.provide(Telephony, telephony), control: simulatedControl(asterisk) }
  })

/** Deaths of Asterisk on purpose fill no log. */
const quiet = Logger.layer([])

describe("the Telephony contract over AMI on the simulated Asterisk", () => {
  for (const { name, run } of telephonyContract) {
    it.live(name, () => Effect.scoped(Effect.flatMap(makeWorld(Number.MAX_SAFE_INTEGER), run)).pipe(Effect.provide(quiet)))
  }
})

describe("the same with the bytes cut into pieces of 7", () => {
  for (const { name, run } of telephonyContract) {
    it.live(name, () => Effect.scoped(Effect.flatMap(makeWorld(7), run)).pipe(Effect.provide(quiet)))
  }
})
