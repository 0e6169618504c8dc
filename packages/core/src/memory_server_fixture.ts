/** The server over the twins of its doors: clients in memory, a scripted PBX. For tests under a test clock. */
import { MemoryListener, type MemoryListenerOptions, MemoryNetwork, MemoryPasswordHash } from "@ctid/simulator"
import { assert } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type ServerSettings, Settings } from "./config/settings.ts"
import { type CtiListenOptions, CtiServer } from "./cti_server.ts"
import { Directory, snapshotOf } from "./directory/directory.ts"
import type { CtiEvents } from "./events/cti_events.ts"
import { PasswordHash } from "./password/password_hash.ts"
import { sampleData } from "./testdata/sample_directory.ts"
import { type ScriptedTelephony, scriptedTelephony } from "./testdata/scripted_telephony.ts"

export type Message = { readonly class: string; readonly [key: string]: unknown }

export const HASHED_PASSWORD = "hashed-word"

/** The sample directory, with the hash of the one hashed user made by the hash in use. */
const directory = Layer.effect(
  Directory,
  Effect.gen(function* () {
    const hash = yield* (yield* PasswordHash).hash(Redacted.make(HASHED_PASSWORD))
    const snapshot = snapshotOf({
      ...sampleData,
      users: sampleData.users.map((user) =>
        user.login === "hashed" ? { ...user, password: { kind: "hash" as const, value: Redacted.make(hash) } } : user
      )
    })
    return Directory.of({ current: () => snapshot, changes: Stream.never })
  })
).pipe(Layer.provide(MemoryPasswordHash.layer()))

export const server = (
  settings: Partial<ServerSettings> = {},
  hashing = MemoryPasswordHash.layer(),
  wires: MemoryListenerOptions = {}
) =>
  CtiServer.layer.pipe(
    Layer.provideMerge(directory),
    Layer.provideMerge(
      Layer.mergeAll(
        hashing,
        MemoryListener.layer({ capacity: 1024, highWater: 1024, ...wires }),
        scriptedTelephony,
        Settings.layer(settings),
        Digest.layerWebCrypto,
        SecureRandom.layerWebCrypto
      )
    )
  )

/** Until nothing moves any more: a broadcast leaves at the end of a turn, and what it causes may cause another. */
export const settle = Effect.flatMap(MemoryNetwork, (network) =>
  Effect.repeat(Effect.andThen(Effect.yieldNow, network.settled), { times: 40 })
)

/** For what waits for the runtime too, as its digests do: until a condition holds, at most about two seconds. */
export const until = (condition: () => boolean): Effect.Effect<void, never, MemoryNetwork> =>
  Effect.promise(() => new Promise<void>((resolve) => setTimeout(resolve, 2))).pipe(
    Effect.andThen(settle),
    Effect.repeat({ until: condition, times: 1000 }),
    Effect.asVoid
  )

const endpoint = { address: "127.0.0.1", port: 5003 }

/** One client's end of a connection from an address: what it heard, and what it says. */
export const dialFrom = Effect.fnUntraced(function* (from: string) {
  const network = yield* MemoryNetwork
  const heard: Array<Message> = []
  const client = { heard, ended: false }
  let text = ""
  const wire = yield* network.dial(
    endpoint,
    {
      onBytes: (chunk) => {
        text += new TextDecoder().decode(chunk)
        const lines = text.split("\n")
        text = lines.pop() ?? ""
        heard.push(...lines.map((line) => JSON.parse(line)))
      },
      onClose: () => {
        client.ended = true
      }
    },
    { from }
  )
  const raw = (bytes: string) =>
    Effect.andThen(
      Effect.sync(() => wire.write(new TextEncoder().encode(bytes))),
      settle
    )
  return {
    wire,
    raw,
    heard,
    ended: () => client.ended,
    say: (...messages: ReadonlyArray<object>) => raw(messages.map((message) => `${JSON.stringify(message)}\n`).join("")),
    /** What was heard since the last time, without `timenow`. */
    take: (): ReadonlyArray<object> => heard.splice(0).map(({ timenow: _, ...rest }) => rest)
  }
})

/** The same from this machine. */
export const dial = dialFrom(endpoint.address)

export type Client = Effect.Success<typeof dial>

export const signIn = Effect.fnUntraced(function* (login: string, presence = "available") {
  const client = yield* dial
  yield* client.say(
    { class: "login_id", userlogin: login, wazoversion: "2.3" },
    { class: "login_pass", password: `${login}-word` }
  )
  yield* client.say({ class: "login_capas", capaid: "3", state: presence })
  assert.deepInclude(
    client.heard.map((message) => message.class),
    "login_capas"
  )
  client.heard.splice(0)
  return client
})

export const open = (listen: Partial<CtiListenOptions> = {}) =>
  Effect.flatMap(CtiServer, (server) => server.listen({ address: "127.0.0.1", port: 5003, ...listen }))

/** A port with the sample directory behind it, for as long as `run` takes. */
export const scenario = (
  settings: Partial<ServerSettings>,
  run: Effect.Effect<void, unknown, CtiServer | CtiEvents | MemoryNetwork | ScriptedTelephony | Scope.Scope>,
  listen: Partial<CtiListenOptions> = {}
) => Effect.andThen(open(listen), run).pipe(Effect.scoped, Effect.provide(server(settings)))
