/** What every binding of UDP must do. */
import type { Endpoint } from "@ctid/core/connection/connection"
import type { Datagrams } from "@ctid/core/connection/datagrams"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { type ContractCase, expectEqual, expectTrue, until } from "./contract.ts"

export interface DatagramsWorld {
  readonly datagrams: Datagrams["Service"]
  /** Somebody sends one. */
  readonly send: (to: Endpoint, bytes: Uint8Array) => Effect.Effect<void, unknown>
}

const loopback = { address: "127.0.0.1", port: 0 }

const datagramsCase = (
  name: string,
  run: (world: DatagramsWorld) => Effect.Effect<void, unknown, Scope.Scope>
): ContractCase<DatagramsWorld> => ({ name, run: (world) => Effect.scoped(run(world)) })

const sizes = (received: ReadonlyArray<Uint8Array>): string => received.map(({ length }) => length).join()

export const datagramsContract: ReadonlyArray<ContractCase<DatagramsWorld>> = [
  datagramsCase("each datagram comes whole and as it was sent, with its sender", ({ datagrams, send }) =>
    Effect.gen(function* () {
      const received: Array<Uint8Array> = []
      const senders: Array<Endpoint> = []
      const endpoint = yield* datagrams.bind(loopback, (bytes, from) => {
        received.push(bytes.slice())
        senders.push(from)
      })
      yield* expectTrue("a port was chosen", endpoint.port > 0)
      for (const length of [1, 0, 1400]) {
        const before = received.length
        yield* send(
          endpoint,
          Uint8Array.from({ length }, (_, index) => index & 0xff)
        )
        yield* until("it has come", () => received.length > before)
      }
      yield* expectEqual("sizes", sizes(received), "1,0,1400")
      yield* expectTrue(
        "bytes",
        received.every((bytes) => bytes.every((byte, index) => byte === (index & 0xff)))
      )
      yield* expectTrue(
        "senders",
        senders.every(({ address, port }) => address === "127.0.0.1" && port > 0)
      )
    })
  ),
  datagramsCase("a port that is taken is an error that names it", ({ datagrams }) =>
    Effect.gen(function* () {
      const endpoint = yield* datagrams.bind(loopback, () => {})
      const error = yield* Effect.flip(datagrams.bind({ ...loopback, port: endpoint.port }, () => {}))
      yield* expectEqual("code", error.code, "EADDRINUSE")
      yield* expectTrue("the message names the port", error.message.includes(String(endpoint.port)))
    })
  ),
  datagramsCase("the end of the scope frees the port", ({ datagrams, send }) =>
    Effect.gen(function* () {
      let received = 0
      const scope = yield* Scope.make()
      const endpoint = yield* Scope.provide(
        datagrams.bind(loopback, () => {
          received++
        }),
        scope
      )
      yield* Scope.close(scope, Exit.void)
      yield* Effect.ignore(send(endpoint, new Uint8Array(1)))
      let again = 0
      yield* datagrams.bind({ ...loopback, port: endpoint.port }, () => {
        again++
      })
      yield* send(endpoint, new Uint8Array(1))
      yield* until("the new one has it", () => again > 0)
      yield* expectEqual("the old one", received, 0)
    })
  )
]
