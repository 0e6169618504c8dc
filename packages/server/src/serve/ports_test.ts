import { Listener, type ListenerConfig } from "@ctid/core"
import { MemoryListener } from "@ctid/simulator"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { makePorts } from "./ports.ts"

const silent = { onBytes: () => {}, onDrain: () => {}, onClose: () => {} }

/** Ports `a` and `b` on a network in memory; the messages of the log are kept. */
const start = Effect.gen(function* () {
  const listener = yield* Listener
  const open = (where: { readonly address: string; readonly port: number }) =>
    // takes its time, as the system does
    Effect.andThen(
      Effect.yieldNow,
      listener.listen({ ...where, socketTimeout: 1000 }, () => silent)
    )
  return yield* makePorts({ a: open, b: open })
})

const at = (port: number, address = "127.0.0.1", enabled = true): ListenerConfig => ({ enabled, address, port })

const scenario = (run: (log: Array<string>) => Effect.Effect<void, unknown, Effect.Services<typeof start>>) => {
  const log: Array<string> = []
  const logger = Logger.make<unknown, void>(({ message }) => {
    log.push(String(message))
  })
  return run(log).pipe(Effect.scoped, Effect.provide(MemoryListener.layer()), Effect.provide(Logger.layer([logger])))
}

describe("ports", () => {
  it.effect("that do not change stay open as they are; others open, move and close", () =>
    scenario((log) =>
      Effect.gen(function* () {
        const ports = yield* start
        yield* ports.apply([
          ["a", at(1)],
          ["b", at(2)]
        ])
        const [a] = ports.opened()
        yield* ports.apply([
          ["a", at(1)],
          ["b", at(3)]
        ])
        assert.strictEqual(ports.opened()[0], a)
        assert.deepStrictEqual(
          ports.opened().map(({ endpoint }) => endpoint.port),
          [1, 3]
        )
        yield* ports.apply([["b", at(3, "127.0.0.1", false)]])
        assert.deepStrictEqual(
          ports.opened().map(({ name }) => name),
          ["a"]
        )
        assert.deepStrictEqual(log, ["listening", "listening", "listening", "port closed", "port closed"])
      })
    )
  )

  it.effect("that cannot be opened are logged, do not stop others, and stay where they were", () =>
    scenario((log) =>
      Effect.gen(function* () {
        const listener = yield* Listener
        yield* listener.listen({ address: "127.0.0.1", port: 7, socketTimeout: 1000 }, () => silent)
        const ports = yield* start
        yield* ports.apply([
          ["a", at(7)],
          ["b", at(2)]
        ])
        assert.deepStrictEqual(log, ["listening", "port not opened"])
        yield* ports.apply([["b", at(7)]])
        assert.deepStrictEqual(
          ports.opened().map(({ name, endpoint }) => [name, endpoint.port]),
          [["b", 2]]
        )
        assert.include(log.slice(2), "port not opened")
        assert.deepStrictEqual(ports.health(), ["port not opened: b: 127.0.0.1:7 is in use already"])
        yield* ports.apply([
          ["a", at(3)],
          ["b", at(2)]
        ])
        assert.deepStrictEqual(ports.health(), [])
      })
    )
  )

  it.effect("take places that others leave in the same step, whatever the order", () =>
    scenario((log) =>
      Effect.gen(function* () {
        const ports = yield* start
        yield* ports.apply([
          ["a", at(1)],
          ["b", at(2)]
        ])
        yield* ports.apply([
          ["a", at(2)],
          ["b", at(3)]
        ])
        assert.sameDeepMembers(
          ports.opened().map(({ name, endpoint }) => [name, endpoint.port]),
          [
            ["a", 2],
            ["b", 3]
          ]
        )
        assert.notInclude(log, "port not opened")
      })
    )
  )

  it.effect("stay open meanwhile where the new place cannot be had", () =>
    scenario((log) =>
      Effect.gen(function* () {
        const ports = yield* start
        yield* ports.apply([
          ["a", at(0)],
          ["b", at(2)]
        ])
        const before = ports.opened()
        yield* ports.apply([["a", at(2)]])
        assert.deepStrictEqual(ports.opened(), before)
        assert.deepStrictEqual(log.slice(2), ["port not opened"])
      })
    )
  )

  it.effect("are opened once when two ask for them at the same time", () =>
    scenario((log) =>
      Effect.gen(function* () {
        const ports = yield* start
        const wanted = [["a", at(1)] as const]
        yield* Effect.all([ports.apply(wanted), ports.apply(wanted)], { concurrency: 2 })
        assert.deepStrictEqual(log, ["listening"])
      })
    )
  )

  it.effect("close with the scope", () =>
    scenario(() =>
      Effect.gen(function* () {
        yield* Effect.scoped(Effect.flatMap(start, (ports) => ports.apply([["a", at(1)]])))
        const again = yield* start
        yield* again.apply([["a", at(1)]])
        assert.lengthOf(again.opened(), 1)
      })
    )
  )
})
