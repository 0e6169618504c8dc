/** What every connection must do, whatever it travels in. */
import type { ListenError } from "@ctid/core/connection/connection"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { type ContractCase, expectEqual, expectTrue, until } from "./contract.ts"
import {
  BLOCK,
  contractCase,
  flood,
  IMPATIENT,
  joined,
  type ListenerWorld,
  loopback,
  MIB,
  type NearEnd,
  near,
  PATIENT,
  pair,
  pattern,
  pieces,
  sameBytes,
  size
} from "./listener_contract_world.ts"

const bytes: ReadonlyArray<ContractCase<ListenerWorld>> = [
  contractCase("bytes come in order, however they were split", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* pair(world)
      const sent = pattern(600_000)
      for (const piece of pieces(sent)) farEnd.send(piece)
      yield* until("all bytes are there", () => size(nearEnd.received) === sent.length)
      yield* expectTrue("the bytes are those sent", sameBytes(joined(nearEnd.received), sent))
    })
  ),
  contractCase("bytes go out in order, however they were split", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* pair(world)
      const sent = pattern(600_000)
      for (const piece of pieces(sent)) nearEnd.connection.write(piece)
      yield* until("all bytes are there", () => size(farEnd.received) === sent.length)
      yield* expectTrue("the bytes are those sent", sameBytes(joined(farEnd.received), sent))
      yield* until("nothing is pending", () => nearEnd.connection.pending() === 0)
    })
  ),
  contractCase("the same bytes may be written to many connections", (world) =>
    Effect.gen(function* () {
      const accepted: Array<NearEnd> = []
      const endpoint = yield* world.listener.listen(loopback(PATIENT), near(accepted))
      const farEnds = yield* Effect.all(Array.from({ length: 10 }, () => world.dial(endpoint)))
      yield* until("all are accepted", () => accepted.length === farEnds.length)
      const shared = pattern(100_000)
      for (const end of accepted) end.connection.write(shared)
      yield* until("all have all", () => farEnds.every((end) => size(end.received) === shared.length))
      yield* expectTrue(
        "each has the bytes",
        farEnds.every((end) => sameBytes(joined(end.received), shared))
      )
      for (const end of accepted) end.connection.destroy()
    })
  ),
  contractCase("a connection knows both ends, and its number is its own", (world) =>
    Effect.gen(function* () {
      const accepted: Array<NearEnd> = []
      const endpoint = yield* world.listener.listen(loopback(PATIENT), near(accepted))
      yield* world.dial(endpoint)
      yield* world.dial(endpoint)
      yield* until("both are accepted", () => accepted.length === 2)
      for (const { connection } of accepted) {
        yield* expectEqual("local address", connection.local.address, "127.0.0.1")
        yield* expectEqual("local port", connection.local.port, endpoint.port)
        yield* expectEqual("peer address", connection.peer.address, "127.0.0.1")
        yield* expectTrue("the peer has a port", connection.peer.port > 0)
      }
      yield* expectEqual("different ids", new Set(accepted.map((end) => end.connection.id)).size, 2)
      yield* expectEqual("different peers", new Set(accepted.map((end) => end.connection.peer.port)).size, 2)
      for (const end of accepted) end.connection.destroy()
    })
  )
]

const slowPeers: ReadonlyArray<ContractCase<ListenerWorld>> = [
  contractCase("a peer that does not read makes write answer false; onDrain comes once it reads", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* pair(world)
      farEnd.pause()
      const written = yield* flood(nearEnd)
      const before = nearEnd.drains
      const pending = nearEnd.connection.pending()
      yield* expectTrue("bytes are pending", pending > 0)
      yield* expectEqual("a further write answers", nearEnd.connection.write(BLOCK), false)
      yield* expectTrue("pending grows", nearEnd.connection.pending() >= pending)
      yield* expectEqual("drains while it does not read", nearEnd.drains, before)
      farEnd.resume()
      yield* until("onDrain", () => nearEnd.drains > before)
      yield* expectEqual("pending when drained", nearEnd.connection.pending(), 0)
      yield* until("all bytes are there", () => size(farEnd.received) === written + BLOCK.length)
      yield* expectEqual("drains", nearEnd.drains, before + 1)
      yield* expectEqual("causes", nearEnd.causes.length, 0)
    })
  ),
  contractCase("onDrain is called only after a write that answered false, at most once for each", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* pair(world)
      const { connection } = nearEnd
      let sent = 0
      let slow = 0
      const writeToReader = Effect.gen(function* () {
        for (let i = 0; i < 20; i++) {
          if (!connection.write(BLOCK)) slow++
          sent += BLOCK.length
          yield* until("all bytes are there", () => size(farEnd.received) === sent && connection.pending() === 0)
          yield* expectTrue("no more drains than slow writes", nearEnd.drains <= slow)
        }
      })
      yield* writeToReader
      farEnd.pause()
      sent += yield* flood(nearEnd)
      slow += nearEnd.slowWrites
      farEnd.resume()
      yield* until("the flood is over", () => size(farEnd.received) === sent && connection.pending() === 0)
      yield* writeToReader
    })
  ),
  contractCase("a peer that takes nothing for the socket timeout loses its connection", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* pair(world, IMPATIENT)
      farEnd.pause()
      yield* flood(nearEnd)
      const before = nearEnd.drains
      // Sending does not count as taking.
      farEnd.send(pattern(10))
      yield* until("onClose", () => nearEnd.causes.length > 0)
      yield* expectEqual("cause", nearEnd.causes.join(), "write_timeout")
      yield* expectEqual("drains", nearEnd.drains, before)
    })
  ),
  contractCase("the socket timeout is that of the moment, not of the port's opening", (world) =>
    Effect.gen(function* () {
      let timeout = PATIENT
      const accepted: Array<NearEnd> = []
      const endpoint = yield* world.listener.listen(
        loopback(() => timeout),
        near(accepted)
      )
      for (const socketTimeout of [PATIENT, IMPATIENT]) {
        timeout = socketTimeout
        const before = accepted.length
        const farEnd = yield* world.dial(endpoint)
        yield* until("the connection is accepted", () => accepted.length > before)
        farEnd.pause()
        const nearEnd = yield* Effect.fromNullishOr(accepted[before])
        yield* Effect.addFinalizer(() => Effect.sync(() => nearEnd.connection.destroy()))
        yield* flood(nearEnd)
      }
      yield* until("onClose of the second", () => (accepted[1]?.causes.length ?? 0) > 0)
      yield* expectEqual("cause", accepted[1]?.causes.join(), "write_timeout")
    })
  ),
  contractCase("a peer that takes slowly keeps its connection", (world) =>
    Effect.gen(function* () {
      const timeout = 300
      const { nearEnd, farEnd } = yield* pair(world, timeout)
      const { connection, causes } = nearEnd
      farEnd.pause()
      yield* flood(nearEnd)
      // One write that takes the peer longer than the timeout: taking a part of it counts.
      const long = new Uint8Array(32 * MIB)
      const end = (yield* Clock.currentTimeMillis) + 4 * timeout
      while ((yield* Clock.currentTimeMillis) < end) {
        if (connection.pending() < 2 * MIB) connection.write(long)
        const goal = size(farEnd.received) + MIB
        farEnd.resume(MIB)
        yield* until("the peer reads a little", () => causes.length > 0 || size(farEnd.received) >= goal)
        yield* expectEqual("causes", causes.join(), "")
        yield* Effect.sleep(15)
      }
    })
  ),
  contractCase("a peer for which nothing waits may be silent for longer than the socket timeout", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* pair(world, 20)
      nearEnd.connection.write(pattern(1000))
      yield* until("the bytes are there", () => size(farEnd.received) === 1000)
      yield* Effect.sleep(100)
      yield* expectEqual("causes", nearEnd.causes.join(), "")
    })
  ),
  contractCase("a paused connection gets no bytes; after resume it gets them all", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* pair(world)
      farEnd.send(pattern(10))
      yield* until("the first bytes", () => size(nearEnd.received) === 10)
      nearEnd.connection.pause()
      const sent = pattern(500_000)
      farEnd.send(sent)
      yield* Effect.sleep(30)
      yield* expectEqual("bytes while paused", size(nearEnd.received), 10)
      nearEnd.connection.resume()
      yield* until("all bytes", () => size(nearEnd.received) === 10 + sent.length)
      yield* expectTrue("the bytes are those sent", sameBytes(joined(nearEnd.received).subarray(10), sent))
    })
  )
]

const ends: ReadonlyArray<ContractCase<ListenerWorld>> = [
  contractCase("close writes what is queued and then ends", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* pair(world)
      const sent = pattern(MIB)
      for (const piece of pieces(sent)) nearEnd.connection.write(piece)
      nearEnd.connection.close()
      yield* expectEqual("write after close", nearEnd.connection.write(BLOCK), true)
      yield* until("the end", () => farEnd.ended())
      yield* expectTrue("the bytes are those written before close", sameBytes(joined(farEnd.received), sent))
      yield* until("onClose", () => nearEnd.causes.length > 0)
      yield* expectEqual("cause", nearEnd.causes.join(), "closed")
    })
  ),
  contractCase("close writes what is queued for a peer that begins to read only then", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* pair(world)
      farEnd.pause()
      const written = yield* flood(nearEnd)
      nearEnd.connection.close()
      farEnd.resume()
      yield* until("the end", () => farEnd.ended())
      yield* expectEqual("bytes", size(farEnd.received), written)
      yield* until("onClose", () => nearEnd.causes.length > 0)
      yield* expectEqual("cause", nearEnd.causes.join(), "closed")
    })
  ),
  contractCase("bytes that come in after close are dropped, also on a paused connection", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* pair(world)
      nearEnd.connection.pause()
      farEnd.send(pattern(300_000))
      nearEnd.connection.write(pattern(100))
      nearEnd.connection.close()
      yield* until("onClose", () => nearEnd.causes.length > 0)
      yield* expectEqual("cause", nearEnd.causes.join(), "closed")
      yield* expectEqual("bytes", size(nearEnd.received), 0)
      yield* until("the peer has what was written", () => size(farEnd.received) === 100)
    })
  ),
  contractCase("a closed connection whose peer takes nothing is destroyed after the socket timeout", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* pair(world, IMPATIENT)
      farEnd.pause()
      yield* flood(nearEnd)
      nearEnd.connection.close()
      yield* until("onClose", () => nearEnd.causes.length > 0)
      yield* expectEqual("cause", nearEnd.causes.join(), "destroyed")
    })
  ),
  contractCase("destroy ends at once; afterwards no method does anything", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* pair(world)
      const { connection } = nearEnd
      farEnd.pause()
      yield* flood(nearEnd)
      const before = nearEnd.drains
      connection.destroy()
      yield* until("onClose", () => nearEnd.causes.length > 0)
      yield* expectEqual("write", connection.write(BLOCK), true)
      yield* expectEqual("pending", connection.pending(), 0)
      connection.pause()
      connection.resume()
      connection.close()
      connection.destroy()
      farEnd.resume()
      yield* until("the peer sees it", () => farEnd.closed())
      yield* expectEqual("causes", nearEnd.causes.join(), "destroyed")
      yield* expectEqual("drains", nearEnd.drains, before)
    })
  ),
  contractCase("a peer that ends is told as peer_closed, after all its bytes", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* pair(world)
      farEnd.send(pattern(200_000))
      farEnd.end()
      yield* until("onClose", () => nearEnd.causes.length > 0)
      yield* expectEqual("cause", nearEnd.causes.join(), "peer_closed")
      yield* expectEqual("bytes", size(nearEnd.received), 200_000)
      yield* until("the peer is closed too", () => farEnd.closed())
    })
  ),
  contractCase("what is written in answer to a peer's last bytes still reaches it", (world) =>
    Effect.gen(function* () {
      const accepted: Array<NearEnd> = []
      const endpoint = yield* world.listener.listen(
        loopback(PATIENT),
        near(accepted, (end, chunk) => end.connection.write(chunk.slice()))
      )
      const farEnd = yield* world.dial(endpoint)
      farEnd.send(pattern(1000))
      farEnd.end()
      yield* until("the peer is closed", () => farEnd.closed())
      yield* expectTrue("the answer is there", sameBytes(joined(farEnd.received), pattern(1000)))
    })
  ),
  contractCase("a broken connection is told as connection_lost", (world) =>
    Effect.gen(function* () {
      const { nearEnd, farEnd } = yield* pair(world)
      farEnd.reset()
      yield* until("onClose", () => nearEnd.causes.length > 0)
      yield* expectEqual("cause", nearEnd.causes.join(), "connection_lost")
      yield* expectEqual("write", nearEnd.connection.write(BLOCK), true)
    })
  ),
  contractCase("a handler that throws costs only its own connection", (world) =>
    Effect.gen(function* () {
      const accepted: Array<NearEnd> = []
      const endpoint = yield* world.listener.listen(
        loopback(PATIENT),
        near(accepted, (end, chunk) => {
          if (chunk[0] === 1) throw new Error("a handler's mistake, made on purpose by the contract suite")
          end.connection.write(chunk.slice())
        })
      )
      const good = yield* world.dial(endpoint)
      const bad = yield* world.dial(endpoint)
      bad.send(new Uint8Array([1]))
      yield* until("the bad one is gone", () => bad.closed())
      good.send(new Uint8Array([2]))
      yield* until("the good one is answered", () => size(good.received) === 1)
      yield* until("onClose is told once", () => accepted.flatMap((end) => end.causes).join() === "destroyed")
      for (const end of accepted) end.connection.destroy()
    })
  )
]

const listening: ReadonlyArray<ContractCase<ListenerWorld>> = [
  contractCase("a port that is taken is an error that names it", (world) =>
    Effect.gen(function* () {
      const endpoint = yield* world.listener.listen(loopback(PATIENT), near([]))
      const error: ListenError = yield* Effect.flip(
        world.listener.listen({ ...loopback(PATIENT), port: endpoint.port }, near([]))
      )
      yield* expectEqual("code", error.code, "EADDRINUSE")
      yield* expectEqual("port", error.port, endpoint.port)
      yield* expectTrue("the message names the port", error.message.includes(String(endpoint.port)))
    })
  ),
  contractCase("the end of the scope stops accepting and frees the port; accepted connections stay", (world) =>
    Effect.gen(function* () {
      const accepted: Array<NearEnd> = []
      const scope = yield* Scope.make()
      const endpoint = yield* Scope.provide(world.listener.listen(loopback(PATIENT), near(accepted)), scope)
      const farEnd = yield* world.dial(endpoint)
      yield* until("the connection is accepted", () => accepted.length === 1)
      yield* Scope.close(scope, Exit.void)
      const refused = yield* Effect.exit(world.dial(endpoint))
      yield* expectTrue("a new connection is refused", Exit.isFailure(refused))
      const again = yield* world.listener.listen({ ...loopback(PATIENT), port: endpoint.port }, near([]))
      yield* expectEqual("port", again.port, endpoint.port)
      accepted[0]?.connection.write(pattern(1000))
      yield* until("the accepted one goes on", () => size(farEnd.received) === 1000)
      accepted[0]?.connection.close()
      yield* until("the end", () => farEnd.ended())
    })
  ),
  contractCase("500 connections come and go, each told of its end once", (world) =>
    Effect.gen(function* () {
      const accepted: Array<NearEnd> = []
      const endpoint = yield* world.listener.listen(
        loopback(PATIENT),
        near(accepted, (end, chunk) => end.connection.write(chunk.slice()))
      )
      const farEnds = yield* Effect.all(
        Array.from({ length: 500 }, () => world.dial(endpoint)),
        { concurrency: 50 }
      )
      for (const [i, end] of farEnds.entries()) end.send(new Uint8Array([i & 0xff]))
      yield* until("all are answered", () => farEnds.every((end) => size(end.received) === 1))
      yield* expectTrue(
        "each has its own answer",
        farEnds.every((end, i) => end.received[0]?.[0] === (i & 0xff))
      )
      for (const end of farEnds) end.end()
      yield* until("all are closed", () => accepted.every((end) => end.causes.length > 0))
      yield* expectTrue(
        "each told once",
        accepted.every((end) => end.causes.join() === "peer_closed")
      )
      yield* expectEqual("accepted", accepted.length, 500)
    })
  )
]

/** Bytes, slow peers, ends, listening. */
export const connectionContract: ReadonlyArray<ContractCase<ListenerWorld>> = [...bytes, ...slowPeers, ...ends, ...listening]
