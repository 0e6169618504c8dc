/** Somebody who works with a client all day: signs in, looks, changes his presence, loses his connection, comes back. */
import type { Seeded } from "../seeded.ts"
import type { CtiLink, Leaving, Way } from "./cti_link.ts"
import { type HeardLine, mayHear } from "./heard_line.ts"
import { companyName, extensionOf, type SoakUser, versionOf } from "./population.ts"
import { PRESENCES } from "./soak_config.ts"
import type { Town } from "./town.ts"
import { LISTS, type View, type Wanted, WITH_STATUS } from "./view.ts"

const WAYS: ReadonlyArray<Way> = ["clear", "starttls", "ctis"]

/** Milliseconds between the end of a connection and the next one, on average. */
const AWAY = 1500
/** Milliseconds before another attempt while a port moves. */
const RETRY = 200

const listRequests: ReadonlyArray<object> = LISTS.map((listname) => ({
  class: "getlist",
  function: "listid",
  listname,
  tipbxid: "xivo"
}))

/** What a client asks about an object that it is told of. */
export const itemRequests = ({ list, id }: Wanted): ReadonlyArray<object> => {
  const ask = (fn: string): object => ({ class: "getlist", function: fn, listname: list, tid: id, tipbxid: "xivo" })
  return WITH_STATUS.has(list) ? [ask("updateconfig"), ask("updatestatus")] : [ask("updateconfig")]
}

/** Where somebody stands. */
export type Stand = "away" | "coming" | "looking" | "working" | "leaving" | "gone"

export class Person {
  readonly user: SoakUser
  readonly way: Way
  readonly #town: Town
  readonly #random: Seeded
  readonly #companies: ReadonlySet<number>
  link: CtiLink | null = null
  view: View
  stand: Stand = "away"
  #timer: NodeJS.Timeout | null = null
  /** Answers to `getipbxlist` that are still to come, with what is done then. */
  readonly #barriers: Array<() => void> = []

  constructor(user: SoakUser, town: Town, random: Seeded) {
    this.user = user
    this.#town = town
    this.#random = random
    this.way = WAYS[user.id % WAYS.length] ?? "clear"
    this.#companies = new Set([user.companies.before, user.companies.after])
    this.view = town.emptyView()
  }

  /** Comes in, in his turn, unless he is not declared any more. */
  come(): void {
    if (!this.user.in.includes(this.#town.stage)) {
      this.stand = "gone"
      return
    }
    this.stand = "coming"
    this.#town.gate(() => {
      if (this.stand === "coming") this.#open()
    })
  }

  #open(): void {
    const { user } = this
    this.view = this.#town.emptyView()
    this.#barriers.length = 0
    const place = this.#town.placeOf(this.way)
    const link = this.#town.link(
      this.way,
      { login: user.login, version: versionOf(user.id), presence: this.#random.pick(PRESENCES[this.#town.stage]) },
      {
        onSignedIn: () => this.#signedIn(),
        onLine: (line, text) => this.#hear(line, text),
        onEnd: (error) => this.#ended(link, error, place)
      }
    )
    this.link = link
  }

  #signedIn(): void {
    this.stand = "looking"
    this.#town.signedIn()
    this.link?.send(...listRequests, ...this.registrations())
    this.barrier(() =>
      this.barrier(() => {
        this.stand = "working"
        this.#town.changed()
        this.#later()
      })
    )
  }

  /** Some objects whose statuses he wants to be told one by one. */
  registrations(): ReadonlyArray<object> {
    const { user } = this
    const near = (offset: number): number => user.company * 1000 + 1 + ((user.id + offset) % 50)
    return [
      { class: "register_user_status_update", user_ids: [1, 7, 19].map((offset) => [this.#town.serverUuid, near(offset)]) },
      { class: "register_endpoint_status_update", endpoint_ids: [2, 5].map((offset) => [this.#town.serverUuid, near(offset)]) },
      { class: "register_agent_status_update", agent_ids: [[this.#town.serverUuid, user.company * 1000 + 1 + (user.id % 4)]] }
    ]
  }

  /** Calls when everything that was asked before is answered. */
  barrier(then: () => void): void {
    this.#barriers.push(then)
    this.link?.send({ class: "getipbxlist" })
  }

  #hear(line: HeardLine, text: string): void {
    const { message } = line
    this.#town.heard(text)
    if (message === null) return this.#town.fault(`${this.user.login} was sent what is no message: ${text.slice(0, 200)}`)
    if (!mayHear(line, this.#companies)) {
      this.#town.foreign++
      this.#town.fault(
        `${this.user.login} of ${companyName(this.user.company)} was told of another company: ${text.slice(0, 300)}`
      )
    }
    if (message.class === "getipbxlist") {
      this.#barriers.shift()?.()
      return
    }
    const wanted = this.view.apply(message)
    if (wanted.length > 0) this.link?.send(...wanted.flatMap(itemRequests))
    if (this.view.unlisted.length === 0) return
    this.#town.fault(`${this.user.login} was told of what is in none of his lists: ${this.view.unlisted.join(", ")}`)
    this.view.unlisted.length = 0
  }

  #ended(link: CtiLink, error: string | null, place: { readonly port: number }): void {
    if (this.link !== link) return
    this.#stopTimer()
    this.link = null
    const declared = this.user.in.includes(this.#town.stage)
    this.#town.ended(link)
    const explained = link.leaving !== null || !declared
    const moved = !link.authenticated && (this.#town.portsMove || this.#town.placeOf(this.way).port !== place.port)
    if (!explained && !moved) {
      this.#town.lost++
      this.#town.fault(
        `${this.user.login} (${this.way}) lost his connection while ${this.stand}: ${error ?? "the server ended it"}`
      )
    }
    if (this.stand === "gone" || !declared) {
      this.stand = "gone"
      this.#town.changed()
      return
    }
    this.stand = "away"
    const wait = moved ? RETRY : this.#town.resting ? 0 : this.#random.wait(AWAY)
    this.#timer = setTimeout(() => this.come(), wait)
  }

  /** Goes on with his work; where the town rests he does nothing more. */
  work(): void {
    if (this.stand === "working") this.#later()
  }

  rest(): void {
    this.#stopTimer()
    if (this.stand === "away") this.come()
  }

  /** For good. */
  go(): void {
    this.#stopTimer()
    const leaving: Leaving = this.#random.chance(0.5) ? "end" : "reset"
    this.stand = "gone"
    if (this.link?.signedIn === true) this.link.leave(leaving)
    else this.link?.destroy()
    this.#town.changed()
  }

  #later(): void {
    if (this.#town.resting) return
    this.#stopTimer()
    this.#timer = setTimeout(() => {
      this.#act()
      if (this.stand === "working") this.#later()
    }, this.#random.wait(this.#town.meanPause))
  }

  #act(): void {
    const random = this.#random
    const { link, user } = this
    if (link === null) return
    const agent = user.agent.includes(this.#town.stage)
    random.weighted<() => void>([
      [60, () => link.send({ class: "availstate", availstate: random.pick(PRESENCES[this.#town.stage]) })],
      [8, () => link.send(this.#service())],
      [8, () => link.send(...this.#question())],
      [agent ? 20 : 0, () => link.send(this.#agentCommand())],
      [
        8,
        () =>
          this.#drop(
            random.weighted([
              [4, "reset"],
              [3, "end"],
              [1, "logout"]
            ])
          )
      ]
    ])()
    this.#town.acts++
  }

  #drop(leaving: Leaving): void {
    this.#town.drops[leaving]++
    this.stand = "leaving"
    this.link?.leave(leaving)
  }

  #service(): object {
    const on = this.#random.chance(0.5)
    if (this.#random.chance(0.5)) return { class: "featuresput", function: "enablednd", value: on }
    return {
      class: "featuresput",
      function: "fwd",
      value: { enableunc: on, destunc: on ? `1${this.#random.below(900) + 100}` : "" }
    }
  }

  /** Of himself, or of somebody of another company, of whom he may learn nothing. */
  #question(): ReadonlyArray<object> {
    const foreign = this.#random.chance(0.5)
    const company = foreign ? this.#town.otherCompany(this.#random, this.#companies) : this.user.company
    const id = company * 1000 + 1 + this.#random.below(50)
    const list = this.#random.pick(["users", "phones", "agents", "voicemails"] as const)
    return [{ class: "keepalive" }, ...itemRequests({ list, id: String(id) })]
  }

  #agentCommand(): object {
    const { user } = this
    const member = `agent:xivo/${user.id}`
    return this.#random.pick<object>([
      { class: "ipbxcommand", command: "agentlogin", agentphonenumber: extensionOf(user, this.#town.stage) },
      { class: "ipbxcommand", command: "agentlogout" },
      { class: "ipbxcommand", command: "queuepause", member, queue: `queue:xivo/${user.company * 1000 + 1}` },
      { class: "ipbxcommand", command: "queueunpause", member, queue: "queue:xivo/all" }
    ])
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}
