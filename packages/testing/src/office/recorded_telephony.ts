/** A PBX that remembers what it is asked, in a mood that may change, and says what it is made to say. */
import { type Outcome, Telephony, TelephonyError, type TelephonyEvent } from "@ctid/core/telephony/telephony"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import type { PbxMood } from "./office_system.ts"

type Answer = Effect.Effect<Outcome, TelephonyError>

/** How long a PBX that hangs is waited for, in milliseconds. */
export const HANGS = 5_000

export class RecordedTelephony extends Context.Service<
  RecordedTelephony,
  {
    /** What it was asked since the last `forget`. */
    readonly asked: () => ReadonlyArray<string>
    readonly forget: () => void
    readonly setMood: (mood: PbxMood) => void
    /** Takes the place of the mood: a mood for each thing that is asked, in time. */
    readonly answerBy: (mood: (asked: string) => Promise<PbxMood>) => void
    readonly say: (events: ReadonlyArray<TelephonyEvent>) => Effect.Effect<void>
  }
>()("@ctid/testing/RecordedTelephony") {
  static readonly layer: Layer.Layer<Telephony | RecordedTelephony> = Layer.effectContext(
    Effect.gen(function* () {
      let asked: Array<string> = []
      const events = yield* Queue.unbounded<TelephonyEvent>()
      let answer: (asked: string) => Answer = answers.answers

      const ask = (what: string): Answer =>
        Effect.suspend(() => {
          asked.push(what)
          return answer(what)
        })
      const onOff = (on: boolean): string => (on ? "on" : "off")

      const telephony = Telephony.of({
        setDoNotDisturb: (line, on) => ask(`do not disturb ${onOff(on)}, line ${line.id}`),
        setForward: (line, kind, { destination, enabled }) =>
          ask(`forward ${kind} ${enabled ? `to ${destination}` : "off"}, line ${line.id}`),
        setPresence: (line, shown) => ask(`show ${shown === null ? "nothing" : shown.presence}, line ${line.id}`),
        agentLogin: (agent, line) => ask(`log in ${agent.number}, line ${line.id}`),
        agentLogoff: (agent) => ask(`log off ${agent.number}`),
        pauseAgent: (agent, queue, paused) =>
          ask(`${paused ? "pause" : "unpause"} ${agent.number}${queue === null ? "" : ` in ${queue}`}`),
        queueAdd: (agent, queue) => ask(`add ${agent.number} to ${queue}`),
        queueRemove: (agent, queue) => ask(`remove ${agent.number} from ${queue}`),
        logPresence: (agent, presence) => Effect.asVoid(ask(`log ${presence} of ${agent.number}`)),
        listen: (listener, agent) => Effect.asVoid(ask(`line ${listener.id} listens to ${agent.number}`)),
        // questions change nothing, and are not remembered
        refresh: Effect.void,
        askMember: () => Effect.void,
        runCommand: (command) => Effect.as(ask(`command ${command}`), []),
        isUp: () => answer !== answers.away,
        events: Stream.fromQueue(events)
      })
      const recorded = RecordedTelephony.of({
        asked: () => asked,
        forget: () => {
          asked = []
        },
        setMood: (mood) => {
          answer = answers[mood]
        },
        answerBy: (mood) => {
          answer = (what) =>
            Effect.flatMap(
              Effect.promise(() => mood(what)),
              (one) => answers[one](what)
            )
        },
        say: (some) => Effect.asVoid(Queue.offerAll(events, some))
      })
      return Context.make(Telephony, telephony).pipe(Context.add(RecordedTelephony, recorded))
    })
  )
}

const answers: Readonly<Record<PbxMood, (asked: string) => Answer>> = {
  answers: () => Effect.succeed("done"),
  away: () => Effect.succeed("deferred"),
  refuses: (asked) => Effect.fail(new TelephonyError({ reason: "refused", operation: asked, message: "the PBX says no" })),
  // as every implementation of the door, this one gives up
  hangs: (asked) =>
    Effect.andThen(
      Effect.sleep(HANGS),
      Effect.fail(new TelephonyError({ reason: "timeout", operation: asked, message: "the PBX does not answer" }))
    )
}
