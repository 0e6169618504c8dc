/** A client of `@ctid/client` over a socket, as an office sees it: what it heard, what it shows. */
import { CtiClient } from "@ctid/client"
import type { ClientEvent } from "@ctid/client/client_event"
import type { CtiClientShape } from "@ctid/client/cti_client"
import { NodeClientTransport } from "@ctid/platform-node"
import { passwordOf, type Shown, type Status } from "@ctid/testing"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

const LISTS = ["users", "phones", "agents"] as const

const isList = (list: string): list is Status["list"] => LISTS.some((one) => one === list)

/** The status that an event tells. */
const statusOf = (event: ClientEvent): Status | null => {
  switch (event._tag) {
    case "Presence":
      return { list: "users", id: Number(event.userId), value: event.presence }
    case "Phone":
      return event.change.hint === undefined ? null : { list: "phones", id: Number(event.id), value: String(event.change.hint) }
    case "Agent":
      return event.change.availability === undefined
        ? null
        : { list: "agents", id: Number(event.id), value: event.change.availability }
    default:
      return null
  }
}

export class SocketClient {
  readonly #client: CtiClientShape
  readonly #scope: Scope.Closeable
  /** What is in its lists, as `list id`. */
  readonly #listed: Set<string>
  readonly #indiscretions: Array<string> = []
  #heard: Array<Status> = []

  /** `first`: the presence that it signed in with. */
  constructor(client: CtiClientShape, scope: Scope.Closeable, first: string) {
    this.#client = client
    this.#scope = scope
    const board = client.board()
    this.#listed = new Set(LISTS.flatMap((list) => [...board[list].keys()].map((id) => `${list} ${id}`)))
    // the first presence was told while it signed in: it shows it of itself, unless it was not taken
    const { userId } = client.identity()
    if (board.users.get(userId)?.presence === first) this.#heard.push({ list: "users", id: Number(userId), value: first })
  }

  heard(): ReadonlyArray<Status> {
    return this.#heard
  }

  forget(): void {
    this.#heard = []
  }

  indiscretions(): ReadonlyArray<string> {
    return this.#indiscretions
  }

  send(command: { readonly class: string; readonly [field: string]: unknown }): Promise<void> {
    return Effect.runPromise(this.#client.send(command))
  }

  shown(): Shown {
    const { agents, phones, users } = this.#client.board()
    const shown = {
      users: new Map<number, string | null>(),
      phones: new Map<number, string | null>(),
      agents: new Map<number, string | null>()
    }
    // what is listed has no status until it was asked for
    for (const item of this.#listed) {
      const [list = "", id] = item.split(" ")
      if (isList(list)) shown[list].set(Number(id), null)
    }
    for (const [id, { presence }] of users) shown.users.set(Number(id), presence)
    for (const [id, { hint }] of phones) shown.phones.set(Number(id), String(hint))
    for (const [id, { availability }] of agents) shown.agents.set(Number(id), availability)
    return {
      ...shown,
      doNotDisturb: new Map([...users].map(([id, { doNotDisturb }]) => [Number(id), doNotDisturb])),
      terms: new Map([...users].map(([id, { note, until }]) => [Number(id), { note, until }]))
    }
  }

  isOpen(): boolean {
    return this.#client.state()._tag !== "Ended"
  }

  /** It leaves after that. */
  async logOut(): Promise<void> {
    await Effect.runPromise(this.#client.logout)
    await this.close()
  }

  close(): Promise<void> {
    return Effect.runPromise(Scope.close(this.#scope, Exit.void))
  }

  readonly hear = (event: ClientEvent): void => {
    if ((event._tag === "ItemsAdded" || event._tag === "ItemsRemoved") && isList(event.list)) {
      for (const id of event.ids) {
        if (event._tag === "ItemsAdded") this.#listed.add(`${event.list} ${id}`)
        else this.#listed.delete(`${event.list} ${id}`)
      }
    }
    const status = statusOf(event)
    if (status === null) return
    this.#heard.push(status)
    const item = `${status.list} ${status.id}`
    if (!this.#listed.has(item)) this.#indiscretions.push(`the status of ${item} is told to somebody who does not have it`)
  }
}

/** Signs in, and has its lists. */
export const openSocketClient = (port: number, name: string, presence: string): Promise<SocketClient> =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    return yield* Effect.gen(function* () {
      const client = yield* CtiClient.make({
        login: name,
        password: Redacted.make(passwordOf(name)),
        presence,
        lists: LISTS,
        reconnect: false
      })
      yield* client.ready
      const session = new SocketClient(client, scope, presence)
      yield* Effect.forkScoped(
        Stream.runForEach(client.events, (event) => Effect.sync(() => session.hear(event))),
        {
          startImmediately: true
        }
      )
      return session
    }).pipe(
      Scope.provide(scope),
      Effect.onError(() => Scope.close(scope, Exit.void))
    )
  }).pipe(Effect.provide([NodeClientTransport.layer({ host: "127.0.0.1", port }), NodeCrypto.layer]), Effect.runPromise)
