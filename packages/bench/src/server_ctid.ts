/** Ours, as the binary composes it, without a PBX and without the password hash. Arguments: users, contexts. */
import "effect/schema/SchemaJITCompiler/enable"
import { CtiServer, Directory, PasswordHash, PasswordHashError, Settings, snapshotOf, Telephony } from "@ctid/core"
import { NodeListener, NodeSecureRandom } from "@ctid/platform-node"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import { serveBench } from "./children.ts"
import { people } from "./people.ts"

const [users = "1000", contexts = "1"] = process.argv.slice(2)
const snapshot = snapshotOf(people(Number(users), Number(contexts)))
const done = Effect.succeed("done" as const)

const doors = Layer.mergeAll(
  NodeListener.layer,
  NodeCrypto.layerDigest,
  NodeSecureRandom.layer,
  Settings.layer({ reachability: "advisory", contextSeparation: Number(contexts) > 1, loginTimeout: 60_000 }),
  Layer.succeed(Directory, Directory.of({ current: () => snapshot, changes: Stream.never })),
  Layer.succeed(
    Telephony,
    Telephony.of({
      setDoNotDisturb: () => done,
      setForward: () => done,
      setPresence: () => done,
      agentLogin: () => done,
      agentLogoff: () => done,
      pauseAgent: () => done,
      queueAdd: () => done,
      queueRemove: () => done,
      logPresence: () => Effect.void,
      listen: () => Effect.void,
      refresh: Effect.void,
      askMember: () => Effect.void,
      runCommand: () => Effect.succeed([]),
      isUp: () => false,
      events: Stream.never
    })
  ),
  Layer.succeed(
    PasswordHash,
    PasswordHash.of({
      hash: () => Effect.fail(new PasswordHashError({ reason: "unsupported", message: "no hashes in the bench" })),
      verify: () => Effect.fail(new PasswordHashError({ reason: "unsupported", message: "no hashes in the bench" }))
    })
  )
)

const program = Effect.gen(function* () {
  const server = yield* CtiServer
  const endpoint = yield* server.listen({ address: "127.0.0.1", port: 0 })
  serveBench(endpoint.port)
  yield* Effect.never
}).pipe(
  Effect.scoped,
  Effect.provide(CtiServer.layer.pipe(Layer.provide(doors))),
  // one log line a change is the operator's choice; the bench measures without it
  Effect.provideService(References.MinimumLogLevel, "Warn")
)

void Effect.runPromise(program)
