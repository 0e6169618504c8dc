/** Agents as members of queues: the actions that log them in and off, pause them, listen to them (reference 9.3). */
import { fillTemplate } from "@ctid/core/config/template_conflicts"
import type { Agent, Line } from "@ctid/core/directory/directory"
import { agentNumberOf } from "@ctid/core/telephony/agent_state"
import type { QueueMember } from "@ctid/core/telephony/telephony"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { AmiActionError } from "./ami_action.ts"
import type { AmiActions } from "./asterisk_database.ts"
import type { QueueMembers } from "./queue_members.ts"
import type { TelephonyTemplates } from "./telephony_settings.ts"

type Done = Effect.Effect<void, AmiActionError>

const memberName = (agent: Agent): string => `Agent/${agent.number}`

const placesOf = (agent: Agent, line: Line): Readonly<Record<string, string>> => ({
  exten: line.number,
  context: line.context,
  device: line.device,
  protocol: line.protocol,
  name: line.name,
  agent: agent.number,
  number: agent.number,
  agentid: String(agent.id)
})

/** Calls of both would ring there. */
export const phoneTaken = (agent: Agent, phone: string, by: string): AmiActionError =>
  new AmiActionError({
    reason: "taken",
    action: "QueueAdd",
    message: `Agent ${agent.number} cannot log in at ${phone}: ${by} is logged in there, or is about to be.`
  })

const impossible = (action: string, message: string): Effect.Effect<never, AmiActionError> =>
  Effect.fail(new AmiActionError({ reason: "invalid", action, message }))

/** What Asterisk says of a member that is there, and of one that is not. */
const THERE = /already there/i
const GONE = /not there|interface not found/i

/** When Asterisk refuses with these words, `otherwise` says what that means. */
const unless =
  (said: RegExp, otherwise: (error: AmiActionError) => Done) =>
  (action: Effect.Effect<unknown, AmiActionError>): Done =>
    action.pipe(
      Effect.asVoid,
      Effect.catch((error) => (error.reason === "refused" && said.test(error.message) ? otherwise(error) : Effect.fail(error)))
    )

/** One after the other; one that Asterisk refuses does not keep the next from being done. Fails with the first refusal. */
const each = (actions: ReadonlyArray<Effect.Effect<unknown, AmiActionError>>): Done =>
  Effect.gen(function* () {
    let refused: AmiActionError | null = null
    for (const action of actions) {
      const result = yield* Effect.result(action)
      if (Result.isSuccess(result)) continue
      if (result.failure.reason !== "refused") return yield* result.failure
      refused ??= result.failure
    }
    if (refused !== null) return yield* refused
  })

export class AgentOperations {
  readonly #ami: AmiActions
  readonly #members: QueueMembers
  readonly #templates: TelephonyTemplates

  constructor(ami: AmiActions, members: QueueMembers, templates: TelephonyTemplates) {
    this.#ami = ami
    this.#members = members
    this.#templates = templates
  }

  /**
   * Adds him to his configured queues, unless another agent has the phone. Where he is a member with another phone he leaves first: he
   * has moved.
   */
  login(agent: Agent, line: Line): Done {
    return Effect.gen({ self: this }, function* () {
      if (agent.queues.length === 0) {
        return yield* impossible("QueueAdd", `Agent ${agent.number} has no queue to log in to.`)
      }
      const places = placesOf(agent, line)
      const dialled = fillTemplate(this.#templates.agentInterface, places)
      const watched = fillTemplate(this.#templates.agentStateInterface, places)
      const other = this.#members.otherAgentWith([dialled, watched, line.device], memberName(agent))
      if (other !== undefined) return yield* phoneTaken(agent, dialled, other.name)
      for (const member of this.#members.named(memberName(agent))) {
        if (member.interface !== dialled) yield* this.#remove(member.queue, member.interface)
      }
      const refused: Array<AmiActionError> = []
      for (const { queue, penalty } of agent.queues) {
        const result = yield* Effect.result(this.#add(agent, queue, penalty, dialled, watched))
        if (Result.isSuccess(result)) continue
        const error = result.failure
        if (error.reason !== "refused" && error.reason !== "taken") return yield* error
        refused.push(error)
      }
      const [first] = refused
      if (first !== undefined && refused.length === agent.queues.length) return yield* first
      for (const error of refused) {
        yield* Effect.logWarning("agent not added to a queue").pipe(
          Effect.annotateLogs({ agent: agent.number, detail: error.message })
        )
      }
    })
  }

  /** Removes him from every queue he is in. */
  logoff(agent: Agent): Done {
    return Effect.suspend(() =>
      each(this.#members.named(memberName(agent)).map((member) => this.#remove(member.queue, member.interface)))
    )
  }

  /** In one queue, or (null) in all. Nothing is sent for an agent who is not logged in. */
  pause(agent: Agent, queue: string | null, paused: boolean): Done {
    return Effect.suspend(() => {
      const interfaces = new Set(this.#members.named(memberName(agent)).map((member) => member.interface))
      return each(
        [...interfaces].map((memberInterface) =>
          this.#ami.action("QueuePause", [
            ["Queue", queue ?? undefined],
            ["Interface", memberInterface],
            ["Paused", paused ? "True" : "False"]
          ])
        )
      )
    })
  }

  /** Puts him into one more queue, with the phone that he is logged in with. */
  add(agent: Agent, queue: string, penalty: number): Done {
    return Effect.suspend(() => {
      const [member] = this.#members.named(memberName(agent))
      if (member === undefined) return impossible("QueueAdd", `Agent ${agent.number} is not logged in.`)
      return this.#add(agent, queue, penalty, member.interface, member.stateInterface)
    })
  }

  remove(agent: Agent, queue: string): Done {
    return Effect.suspend(() =>
      each(
        this.#members
          .named(memberName(agent))
          .filter((member) => member.queue === queue)
          .map((member) => this.#remove(queue, member.interface))
      )
    )
  }

  logPresence(agent: Agent, presence: string): Done {
    return Effect.asVoid(
      this.#ami.action("QueueLog", [
        ["Queue", "NONE"],
        ["Event", "PRESENCE"],
        ["Interface", memberName(agent)],
        ["Message", presence]
      ])
    )
  }

  /** Calls the listener's phone and lets it hear the agent's. Nothing happens when he is not logged in. */
  listen(listener: Line, agent: Agent): Done {
    return Effect.suspend(() => {
      const [member] = this.#members.named(memberName(agent))
      if (member === undefined) return Effect.void
      if (/[,&|]/.test(member.stateInterface)) {
        return impossible("Originate", `'${member.stateInterface}' of agent ${agent.number} is no phone to listen to.`)
      }
      return Effect.asVoid(
        this.#ami.action("Originate", [
          ["Channel", listener.device],
          ["Application", "ChanSpy"],
          ["Data", `${member.stateInterface},bds`],
          ["CallerID", "Listen/Écouter"],
          ["Async", "true"]
        ])
      )
    })
  }

  #add(agent: Agent, queue: string, penalty: number, dialled: string, watched: string): Done {
    const name = memberName(agent)
    return this.#ami
      .action("QueueAdd", [
        ["Queue", queue],
        ["Interface", dialled],
        ["Penalty", penalty],
        ["Paused", "false"],
        ["MemberName", name],
        ["StateInterface", watched]
      ])
      .pipe(
        Effect.tap(() =>
          Effect.sync(() => {
            // the event that tells it may come later than the next operation
            const known = this.#members.at(queue, dialled)?.name === name
            if (!known) this.#members.expect(newMember(queue, name, dialled, watched, penalty))
          })
        ),
        unless(THERE, (error) => {
          const there = this.#members.at(queue, dialled)?.name
          if (there === name) return Effect.void
          return Effect.fail(there === undefined || agentNumberOf(there) === null ? error : phoneTaken(agent, dialled, there))
        })
      )
  }

  #remove(queue: string, memberInterface: string): Done {
    return this.#ami
      .action("QueueRemove", [
        ["Queue", queue],
        ["Interface", memberInterface]
      ])
      .pipe(
        unless(GONE, () => Effect.void),
        Effect.tap(() => Effect.sync(() => this.#members.forget(queue, memberInterface)))
      )
  }
}

const newMember = (queue: string, name: string, dialled: string, watched: string, penalty: number): QueueMember => ({
  queue,
  name,
  interface: dialled,
  stateInterface: watched,
  penalty,
  callsTaken: 0,
  lastCall: 0,
  status: 0,
  paused: false,
  wrapUpSeconds: 0
})
