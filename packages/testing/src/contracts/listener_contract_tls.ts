/** What a connection must do on its way into TLS. */
import type { TlsServer } from "@ctid/core/connection/tls_identity"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ContractCase, expectEqual, expectTrue, until } from "./contract.ts"
import {
  BLOCK,
  contractCase,
  type FarEnd,
  flood,
  IMPATIENT,
  joined,
  type ListenerWorld,
  loopback,
  type NearEnd,
  near,
  PATIENT,
  pair,
  pattern,
  sameBytes,
  size
} from "./listener_contract_world.ts"

const tlsOf = (world: ListenerWorld, handshakeTimeout = PATIENT): TlsServer => ({
  credentials: () => world.credentials,
  handshakeTimeout
})

const secured = (end: FarEnd): Effect.Effect<FarEnd, unknown> =>
  Effect.sync(() => end.startTls()).pipe(Effect.andThen(until("both ends are inside TLS", () => end.secure())), Effect.as(end))

/** The same world, in which every connection is inside TLS: from the first byte, or by an upgrade as soon as it is accepted. */
export const insideTls = (world: ListenerWorld, how: "from the first byte" | "after an upgrade"): ListenerWorld => {
  const tls = tlsOf(world)
  return {
    ...world,
    listener: {
      listen: (options, accept) =>
        how === "from the first byte"
          ? world.listener.listen({ ...options, tls }, accept)
          : world.listener.listen(options, (connection) => {
              connection.upgradeToTls(tls)
              return accept(connection)
            })
    },
    dial: (endpoint) => Effect.flatMap(world.dial(endpoint), secured)
  }
}

/** A connection to a port with TLS from the first byte; its far end has not begun it. */
const silent = (
  world: ListenerWorld,
  handshakeTimeout?: number
): Effect.Effect<{ readonly nearEnd: NearEnd; readonly farEnd: FarEnd }, unknown, Scope.Scope> => {
  const tls = tlsOf(world, handshakeTimeout)
  return pair({ ...world, listener: { listen: (options, accept) => world.listener.listen({ ...options, tls }, accept) } })
}

export const tlsContract: ReadonlyArray<ContractCase<ListenerWorld>> = [
  contractCase(
    "what was written before an upgrade leaves in clear, what is written after it waits for the handshake",
    (world) =>
      Effect.gen(function* () {
        const { nearEnd, farEnd } = yield* pair(world)
        const { connection } = nearEnd
        yield* expectEqual("encrypted before", connection.encrypted, false)
        connection.write(pattern(100))
        connection.upgradeToTls(tlsOf(world))
        yield* expectEqual("encrypted after", connection.encrypted, true)
        connection.write(pattern(5000))
        yield* until("the clear bytes", () => size(farEnd.received) === 100)
        yield* Effect.sleep(30)
        yield* expectEqual("clear bytes", size(farEnd.received), 100)
        yield* expectEqual("bytes that wait", connection.pending(), 5000)
        yield* secured(farEnd)
        yield* until("the others", () => size(farEnd.received) === 5100)
        yield* expectTrue("they are those written", sameBytes(joined(farEnd.received).subarray(100), pattern(5000)))
        farEnd.send(pattern(70_000))
        yield* until("the answer", () => size(nearEnd.received) === 70_000)
        yield* expectTrue("it is the one sent", sameBytes(joined(nearEnd.received), pattern(70_000)))
      })
  ),
  contractCase("an upgrade waits until a slow peer has taken what leaves in clear", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* pair(world)
      farEnd.pause()
      const written = yield* flood(nearEnd)
      nearEnd.connection.upgradeToTls(tlsOf(world))
      nearEnd.connection.write(pattern(1000))
      farEnd.resume()
      yield* until("all clear bytes", () => size(farEnd.received) === written)
      yield* secured(farEnd)
      yield* until("what follows", () => size(farEnd.received) === written + 1000)
      yield* until("onDrain", () => nearEnd.drains > 0)
    })
  ),
  contractCase("bytes in clear in the place of a handshake end the connection, and nobody is told them", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* pair(world)
      nearEnd.connection.upgradeToTls(tlsOf(world))
      farEnd.send(new TextEncoder().encode('{"class":"login_id","userlogin":"alice"}\n'.repeat(10)))
      yield* until("onClose", () => nearEnd.causes.length > 0)
      yield* expectEqual("cause", nearEnd.causes.join(), "tls_failed")
      yield* expectEqual("bytes", size(nearEnd.received), 0)
      yield* until("the peer sees the end", () => farEnd.closed())
    })
  ),
  contractCase("a handshake that does not begin in time ends the connection", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* silent(world, IMPATIENT)
      yield* expectEqual("encrypted", nearEnd.connection.encrypted, true)
      yield* until("onClose", () => nearEnd.causes.length > 0)
      yield* expectEqual("cause", nearEnd.causes.join(), "tls_failed")
      yield* until("the peer sees the end", () => farEnd.closed())
    })
  ),
  contractCase("a handshake in time is not ended by its deadline afterwards", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* silent(world, 1000)
      yield* secured(farEnd)
      yield* Effect.sleep(1100)
      farEnd.send(pattern(10))
      yield* until("the bytes", () => size(nearEnd.received) === 10)
    })
  ),
  contractCase("a peer that leaves before the handshake is told as tls_failed", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* silent(world)
      farEnd.end()
      yield* until("onClose", () => nearEnd.causes.length > 0)
      yield* expectEqual("cause", nearEnd.causes.join(), "tls_failed")
    })
  ),
  contractCase("close and destroy before the end of the handshake end at once", (world) =>
    Effect.gen(function* () {
      const first = yield* silent(world)
      const second = yield* silent(world)
      first.nearEnd.connection.write(BLOCK)
      first.nearEnd.connection.close()
      second.nearEnd.connection.destroy()
      yield* until("both are told", () => first.nearEnd.causes.length + second.nearEnd.causes.length === 2)
      yield* expectEqual("causes", [...first.nearEnd.causes, ...second.nearEnd.causes].join(), "destroyed,destroyed")
      yield* expectEqual("pending", first.nearEnd.connection.pending(), 0)
      yield* until("the peers see it", () => first.farEnd.closed() && second.farEnd.closed())
    })
  ),
  contractCase("a handshake that does not come delays nobody else", (world) =>
    Effect.gen(function* () {
      const accepted: Array<NearEnd> = []
      const options = { ...loopback(PATIENT), tls: tlsOf(world) }
      const endpoint = yield* world.listener.listen(
        options,
        near(accepted, (end, chunk) => end.connection.write(chunk.slice()))
      )
      yield* Effect.all(Array.from({ length: 20 }, () => world.dial(endpoint)))
      const other = yield* Effect.flatMap(world.dial(endpoint), secured)
      other.send(pattern(100))
      yield* until("the answer", () => size(other.received) === 100)
      for (const { connection } of accepted) connection.destroy()
    })
  ),
  contractCase("writes before the end of the handshake are answered by what waits; onDrain follows it", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* silent(world)
      const { connection } = nearEnd
      yield* expectEqual("a short write answers", connection.write(pattern(10)), true)
      let blocks = 0
      do blocks++
      while (connection.write(BLOCK) && blocks < 100)
      yield* expectTrue("a long one is found slow", blocks < 100)
      yield* secured(farEnd)
      yield* until("onDrain", () => nearEnd.drains > 0)
      yield* until("all bytes are there", () => size(farEnd.received) === 10 + blocks * BLOCK.length)
      yield* expectEqual("drains", nearEnd.drains, 1)
      yield* expectEqual("pending", connection.pending(), 0)
    })
  ),
  contractCase("a connection that was paused before the handshake gets its bytes after resume", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* pair(world)
      nearEnd.connection.pause()
      nearEnd.connection.upgradeToTls(tlsOf(world))
      yield* secured(farEnd)
      farEnd.send(pattern(10_000))
      yield* Effect.sleep(30)
      yield* expectEqual("bytes while paused", size(nearEnd.received), 0)
      nearEnd.connection.resume()
      yield* until("all bytes", () => size(nearEnd.received) === 10_000)
    })
  ),
  contractCase("a second upgrade does nothing", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* pair(world)
      nearEnd.connection.upgradeToTls(tlsOf(world))
      nearEnd.connection.upgradeToTls(tlsOf(world))
      yield* secured(farEnd)
      nearEnd.connection.upgradeToTls(tlsOf(world))
      nearEnd.connection.write(pattern(100))
      yield* until("the bytes", () => size(farEnd.received) === 100)
      yield* expectEqual("causes", nearEnd.causes.join(), "")
    })
  )
]
