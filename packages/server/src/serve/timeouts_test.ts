import { connect } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { folderWith } from "../config_folder_fixture.ts"
import { startCtid } from "../ctid_process_fixture.ts"
import { client, signIn } from "./client_fixture.ts"

const start = Effect.fnUntraced(function* (timeouts: string) {
  const cwd = yield* folderWith(`ami: {password: hunter2, port: 1}
log: {format: json}
timeouts: ${timeouts}
listeners:
  cti: {port: 0}
  web_interface: {enabled: off}
  info: {enabled: off}
  announce: {enabled: off}
  fast_agi: {enabled: off}
users:
  - {id: 1, login: alice, plain_password: alice-word, lines: [1]}
lines:
  - {id: 1, number: 1001}
`)
  const running = yield* startCtid(["serve"], { cwd })
  const [, port] = yield* running.said(/^ready: 127\.0\.0\.1:(\d+)$/m)
  return { running, dial: () => connect(Number(port), "127.0.0.1") }
})

const untilEnded = (one: Effect.Success<ReturnType<typeof client>>) =>
  Effect.repeat(Effect.sleep(5), { until: one.ended }).pipe(
    Effect.timeoutOrElse({ duration: 10_000, orElse: () => Effect.die(new Error("the connection is still open")) })
  )

describe("timeouts on real sockets", () => {
  it.live("the login timeout closes who has not signed in, without a word, and nobody who has", () =>
    Effect.gen(function* () {
      const { running, dial } = yield* start("{login: 1}")
      const alice = yield* signIn("alice", dial)
      const silent = yield* client(dial)
      const halfway = yield* client(dial)
      halfway.socket.write('{"class":"login_id","userlogin":"alice","wazoversion":"2.3"}\n')
      yield* untilEnded(silent)
      yield* untilEnded(halfway)
      assert.deepStrictEqual(silent.heard(), [])
      assert.deepStrictEqual(
        halfway.heard().map((message) => message.class),
        ["login_id"]
      )
      yield* running.logged(/"message":"login timeout"/)
      assert.isFalse(alice.ended())
    })
  )

  it.live("the socket timeout closes who takes nothing of what waits for him", () =>
    Effect.gen(function* () {
      const { running, dial } = yield* start("{socket: 0.5}")
      const [reader, other] = [yield* signIn("alice", dial), yield* signIn("alice", dial)]
      other.socket.pause()
      // its answers are more than the system keeps for somebody who does not read
      const question = `${JSON.stringify({ class: "getlist", function: "updateconfig", listname: "users", tid: "1", x: "y".repeat(200) })}\n`
      other.socket.write(question.repeat(40_000))
      yield* running.logged(/"message":"disconnected".*"cause":"write_timeout"/)
      assert.isFalse(reader.ended())
    })
  )
})
