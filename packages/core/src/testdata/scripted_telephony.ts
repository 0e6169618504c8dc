/** A PBX for tests of the model: remembers what it was told, answers as scripted, and says what the test makes it say. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import { type Outcome, Telephony, type TelephonyError, type TelephonyEvent } from "../telephony/telephony.ts"

export class ScriptedTelephony extends Context.Service<
  ScriptedTelephony,
  {
    /** Every operation, as one line: `dnd PJSIP/1001 on`. */
    readonly told: Array<string>
    /** What the next operations of this name answer, or of this whole line. */
    readonly answers: Map<string, Effect.Effect<Outcome, TelephonyError>>
    readonly say: (...events: ReadonlyArray<TelephonyEvent>) => Effect.Effect<void>
  }
>()("test/ScriptedTelephony") {}

export const scriptedTelephony: Layer.Layer<Telephony | ScriptedTelephony> = Layer.effectContext(
  Effect.gen(function* () {
    const told: Array<string> = []
    const answers = new Map<string, Effect.Effect<Outcome, TelephonyError>>()
    const events = yield* Queue.unbounded<TelephonyEvent>()
    const tell = (name: string, line: string): Effect.Effect<Outcome, TelephonyError> =>
      Effect.suspend(() => {
        told.push(`${name} ${line}`)
        return answers.get(`${name} ${line}`) ?? answers.get(name) ?? Effect.succeed("done" as const)
      })
    const onOff = (on: boolean): string => (on ? "on" : "off")
    return Context.make(
      Telephony,
      Telephony.of({
        setDoNotDisturb: (line, on) => tell("dnd", `${line.device} ${onOff(on)}`),
        setForward: (line, kind, forward) =>
          tell("forward", `${line.device} ${kind} ${onOff(forward.enabled)} ${forward.destination}`.trim()),
        setPresence: (line, shown) =>
          tell(
            "presence",
            `${line.device} ${shown === null ? "nothing" : `${shown.state} ${shown.presence} ${shown.message}`}`
          ),
        agentLogin: (agent, line) => tell("login", `${agent.number} ${line.device}`),
        agentLogoff: (agent) => tell("logoff", agent.number),
        pauseAgent: (agent, queue, paused) => tell("pause", `${agent.number} ${queue ?? "*"} ${onOff(paused)}`),
        queueAdd: (agent, queue, penalty) => tell("add", `${agent.number} ${queue} ${penalty}`),
        queueRemove: (agent, queue) => tell("remove", `${agent.number} ${queue}`),
        logPresence: (agent, presence) => Effect.asVoid(tell("log", `${agent.number} ${presence}`)),
        listen: (line, agent) => Effect.asVoid(tell("listen", `${line.device} ${agent.number}`)),
        refresh: Effect.asVoid(Effect.orDie(tell("refresh", ""))),
        askMember: (queue, member) => Effect.asVoid(tell("ask", `${queue} ${member}`)),
        runCommand: (command) => Effect.map(tell("run", command), (outcome) => [outcome]),
        isUp: () => true,
        events: Stream.fromQueue(events)
      })
    ).pipe(
      Context.add(
        ScriptedTelephony,
        ScriptedTelephony.of({ told, answers, say: (...all) => Effect.asVoid(Queue.offerAll(events, all)) })
      )
    )
  })
)
