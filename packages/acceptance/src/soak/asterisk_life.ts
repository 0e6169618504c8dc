/** What happens in the simulated Asterisk of a soak on its own: calls, agents who come and go, messages in mailboxes. */
import type { SimulatedAsterisk, SimulatedCall } from "@ctid/simulator"
import * as Effect from "effect/Effect"
import type { Seeded } from "../seeded.ts"
import { agentNumber, companyName, deviceOf, extensionOf, mailboxOf, queueName, type SoakUser } from "./population.ts"

/** Calls at a time. */
const MOST_CALLS = 40

const run = <A>(effect: Effect.Effect<A>): A => Effect.runSync(effect)

export class AsteriskLife {
  readonly #asterisk: SimulatedAsterisk
  readonly #people: ReadonlyArray<SoakUser>
  readonly #byCompany = new Map<number, Array<SoakUser>>()
  readonly #agents: ReadonlyArray<SoakUser>
  readonly #mailboxes: ReadonlyArray<SoakUser>
  readonly #random: Seeded
  #calls: Array<SimulatedCall> = []
  /** What has happened. */
  steps = 0

  constructor(asterisk: SimulatedAsterisk, people: ReadonlyArray<SoakUser>, random: Seeded) {
    this.#asterisk = asterisk
    this.#random = random
    this.#people = people
    for (const user of people) {
      const colleagues = this.#byCompany.get(user.company)
      if (colleagues === undefined) this.#byCompany.set(user.company, [user])
      else colleagues.push(user)
    }
    this.#agents = people.filter((user) => user.agent.length > 0)
    this.#mailboxes = people.filter((user) => user.voicemail)
  }

  /** One thing happens. */
  step(): void {
    this.steps++
    const random = this.#random
    random.weighted<() => void>([
      [4, () => this.#ring()],
      [6, () => this.#goOn()],
      [2, () => this.#agent()],
      [1, () => this.#mailbox()],
      [1, () => this.#doNotDisturb()],
      [1, () => this.#unplug()]
    ])()
  }

  /** All calls end; what is then stays. */
  rest(): void {
    for (const call of this.#calls.splice(0)) run(call.hangup())
  }

  #ring(): void {
    if (this.#calls.length >= MOST_CALLS) return
    const caller = this.#random.pick(this.#people)
    const callee = this.#random.pick(this.#byCompany.get(caller.company) ?? [caller])
    if (caller !== callee) this.#calls.push(run(this.#asterisk.ring(deviceOf(caller), deviceOf(callee))))
  }

  /** A call is answered, or ends. */
  #goOn(): void {
    if (this.#calls.length === 0) return
    const at = this.#random.below(this.#calls.length)
    const call = this.#calls[at]
    if (call === undefined) return
    if (call.state() === "ringing" && this.#random.chance(0.7)) run(call.answer)
    else {
      this.#calls.splice(at, 1)
      run(call.hangup())
    }
  }

  /** Somebody logs an agent in or off by other means than a client, or pauses him. */
  #agent(): void {
    const agent = this.#random.pick(this.#agents)
    const [queue, device] = [queueName(agent.company), deviceOf(agent)]
    if (!this.#asterisk.queueMembers(queue).some((member) => member.interface === device)) {
      run(this.#asterisk.addMember(queue, { interface: device, name: `Agent/${agentNumber(agent)}` }))
    } else if (this.#random.chance(0.5)) run(this.#asterisk.removeMember(queue, device))
    else run(this.#asterisk.pauseMember(queue, device, this.#random.chance(0.5)))
  }

  #mailbox(): void {
    const user = this.#random.pick(this.#mailboxes)
    run(this.#asterisk.setVoicemail(mailboxOf(user), companyName(user.company), this.#random.below(20)))
  }

  /** At his phone, by a feature code of a dialplan that sets the lamp too. */
  #doNotDisturb(): void {
    const user = this.#random.pick(this.#people)
    const place = `${companyName(user.company)}-${extensionOf(user, "before")}`
    const on = this.#random.chance(0.5)
    run(this.#asterisk.setAstDb("DND", place, on ? "YES" : undefined))
    run(this.#asterisk.setDeviceState(`Custom:DND${place}`, on ? "BUSY" : "NOT_INUSE"))
  }

  #unplug(): void {
    const user = this.#random.pick(this.#people)
    run(this.#asterisk.setDeviceState(deviceOf(user), this.#random.chance(0.5) ? "UNAVAILABLE" : "NOT_INUSE"))
  }
}
