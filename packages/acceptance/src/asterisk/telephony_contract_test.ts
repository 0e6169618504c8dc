/** The Telephony contract on a real Asterisk; the simulated one passes the same cases. */
import { AmiTelephony } from "@ctid/ami"
import { Directory, snapshotOf, Telephony } from "@ctid/core"
import { NodeAmiTransport } from "@ctid/platform-node"
import { telephonyContract } from "@ctid/testing/contracts/telephony_contract"
import { telephonyDirectory } from "@ctid/testing/contracts/telephony_world"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import { Asterisk, type AsteriskInfo } from "./asterisk.ts"
import { realControl } from "./real_pbx.ts"

const snapshot = snapshotOf(telephonyDirectory)
const directory = Layer.succeed(Directory, Directory.of({ current: () => snapshot, changes: Stream.never }))

const telephonyOf = ({ host, port, username, secret }: AsteriskInfo) =>
  AmiTelephony.layer({
    ami: { username, secret: Redacted.make(secret), retryFirst: 50, retryLongest: 500 },
    pollInterval: 1_000
  }).pipe(Layer.provide([directory, NodeAmiTransport.layer({ host, port }), NodeCrypto.layer]))

/** A killed Asterisk is nothing to report here. */
const quiet = Layer.succeed(References.MinimumLogLevel, "Error")

describe("the Telephony contract on a real Asterisk", () => {
  for (const [index, { name, run }] of telephonyContract.entries()) {
    it.live(
      name,
      () =>
        Effect.gen(function* () {
          const asterisk = yield* Asterisk
          yield* Effect.gen(function* () {
            yield* run({ telephony: yield* Telephony, control: realControl(asterisk) })
          }).pipe(Effect.provide(telephonyOf(asterisk.info)))
        }).pipe(Effect.provide(Asterisk.layer(`contract-${index}`)), Effect.provide(quiet)),
      90_000
    )
  }
})
