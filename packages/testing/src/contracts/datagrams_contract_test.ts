import { Datagrams } from "@ctid/core/connection/datagrams"
import { DatagramNetwork, MemoryDatagrams } from "@ctid/simulator/memory_datagrams"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { datagramsContract } from "./datagrams_contract.ts"

describe("the datagrams contract in memory", () => {
  for (const { name, run } of datagramsContract) {
    it.live(name, () =>
      Effect.gen(function* () {
        yield* run({ datagrams: yield* Datagrams, send: (yield* DatagramNetwork).send })
      }).pipe(Effect.provide(MemoryDatagrams.layer))
    )
  }
})
