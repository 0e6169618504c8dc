/** Far more events than any PBX has for a server: a context of the dialplan that makes them, and a hand that starts it. */
import { type ActionHeaders, AmiTransport, encodeAction } from "@ctid/ami"
import { NodeAmiTransport } from "@ctid/platform-node"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Asterisk } from "./asterisk.ts"

/** `burst`: COUNT user events in one loop, numbered, then one that says so, and a note in AstDB. `call`: dial, answer, 1 s, hang up. */
const CONTEXT: ReadonlyArray<string> = [
  "idle,1,Answer",
  "idle,2,Wait(10)",
  "echo,1,Answer",
  "echo,2,Wait(1)",
  "echo,3,Hangup",
  "burst,1,Set(N=0)",
  `burst,2,UserEvent(Load,Loop: \${LOOP},Seq: \${N})`,
  `burst,3,Set(N=$[\${N} + 1])`,
  `burst,4,GotoIf($[\${N} < \${COUNT}]?2)`,
  `burst,5,UserEvent(LoadDone,Loop: \${LOOP})`,
  `burst,6,Set(DB(load/\${LOOP})=done)`,
  "burst,7,Hangup",
  "call,1,Dial(Local/echo@load/n,10)",
  "call,2,Hangup"
]

/** How much. */
export interface CallLoad {
  /** Loops of user events that run side by side, numbered from 0. */
  readonly loops: number
  /** User events of each. */
  readonly count: number
  /** Calls of two legs beside them. */
  readonly calls: number
  /** Milliseconds from the start of one loop to that of the next, the calls spread among them. Absent: all at once. */
  readonly every?: number
}

export interface LoadMaker {
  readonly start: (load: CallLoad) => Effect.Effect<void, unknown>
  /** How many loops are over. */
  readonly loopsOver: Effect.Effect<number, unknown>
}

/** Prepares the dialplan and connects; the scope's end hangs up. */
export const makeLoad = (asterisk: Asterisk["Service"]): Effect.Effect<LoadMaker, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const { host, port, secret } = asterisk.info
    for (const line of CONTEXT) yield* asterisk.console(`dialplan add extension "${line}" into load replace`)
    yield* asterisk.console("database deltree load")
    const transport = yield* AmiTransport.pipe(Effect.provide(NodeAmiTransport.layer({ host, port })))
    const wire = yield* transport.open({ onMessages: () => {}, onClose: () => {} })
    const say = (...headers: ActionHeaders) =>
      Effect.flatMap(Effect.fromResult(encodeAction(headers)), (bytes) => wire.write(bytes))
    yield* say(["Action", "Login"], ["Username", "operator"], ["Secret", secret], ["Events", "off"])
    const originate = (exten: string, variables: ReadonlyArray<string>) =>
      say(
        ["Action", "Originate"],
        ["Channel", `Local/${exten}@load/n`],
        ["Context", "load"],
        ["Exten", exten === "burst" ? "idle" : "echo"],
        ["Priority", 1],
        ["Async", "true"],
        ["Variable", variables]
      )
    return {
      start: ({ loops, count, calls, every = 0 }) =>
        Effect.gen(function* () {
          const begin = performance.now()
          for (let loop = 0; loop < loops; loop++) {
            const early = begin + loop * every - performance.now()
            if (early > 0) yield* Effect.sleep(early)
            yield* originate("burst", [`COUNT=${count}`, `LOOP=${loop}`])
            const due = Math.floor(((loop + 1) * calls) / loops) - Math.floor((loop * calls) / loops)
            for (let call = 0; call < due; call++) yield* originate("call", [])
          }
        }),
      loopsOver: Effect.map(asterisk.database("load"), (notes) => Object.keys(notes).length)
    }
  })
