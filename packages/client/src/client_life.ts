/** Everything that changes while a client lives. Written by its one loop and by the socket's callback. */
import * as Deferred from "effect/Deferred"
import * as Exit from "effect/Exit"
import type { Board } from "./board.ts"
import { BoardModel } from "./board_model.ts"
import { type ClientEvent, eventOf } from "./client_event.ts"
import type { ClientEnd, ClientState } from "./client_state.ts"
import type { Identity } from "./identity.ts"
import type { Link } from "./link.ts"
import type { ServerMessage } from "./server_message.ts"
import { Topic } from "./topic.ts"

/** The original says so when a user has none. */
const DISCONNECTED = "disconnected"

const noIdentity: Identity = {
  userId: "",
  ipbxId: "",
  applicationName: "",
  presences: new Map(),
  hints: new Map(),
  services: [],
  preferences: {},
  xlets: []
}

export class Life {
  state: ClientState = { _tag: "Connecting", attempt: 0 }
  link: Link | null = null
  identity = noIdentity
  /** The model that is shown; the one being filled is not. */
  model = new BoardModel()
  presence: string | null
  messages = 0
  unknown = 0
  connections = 0
  shown = false
  readonly states = new Topic<ClientState>({ buffer: 16, first: () => this.state })
  readonly events = new Topic<ClientEvent>({ buffer: 1024 })
  readonly boards = new Topic<true>({ buffer: 1, first: () => (this.shown ? true : undefined) })
  /** Ends when the first login is over. */
  readonly started: Deferred.Deferred<void, ClientEnd> = Deferred.makeUnsafe()
  readonly ended: Deferred.Deferred<ClientEnd> = Deferred.makeUnsafe()
  ready: Deferred.Deferred<Board, ClientEnd> = Deferred.makeUnsafe()

  constructor(presence: string | null) {
    this.presence = presence
  }

  enter(state: ClientState): void {
    this.state = state
    this.states.publish(state)
  }

  /** One message, in the socket's callback. */
  heard(model: BoardModel, message: ServerMessage, answered: boolean): void {
    this.messages++
    if (message._tag === "Unknown") this.unknown++
    if (message._tag === "LoginCapas") this.identity = message.identity
    this.#own(message)
    if (model.apply(message) && model === this.model && this.shown) this.boards.publish(true)
    const event = answered ? null : eventOf(message)
    if (event !== null) this.events.publish(event)
  }

  online(link: Link): void {
    this.link = link
    this.connections++
    this.enter({ _tag: "Online", identity: this.identity })
    Deferred.doneUnsafe(this.started, Exit.void)
  }

  offline(): void {
    this.link = null
    if (Deferred.isDoneUnsafe(this.ready)) this.ready = Deferred.makeUnsafe()
  }

  show(model: BoardModel): void {
    this.model = model
    this.shown = true
    this.boards.publish(true)
    Deferred.doneUnsafe(this.ready, Exit.succeed(model.board()))
  }

  end(reason: ClientEnd): void {
    if (!Deferred.doneUnsafe(this.ended, Exit.succeed(reason))) return
    this.offline()
    this.enter({ _tag: "Ended", reason })
    this.states.end()
    this.events.end()
    this.boards.end()
    Deferred.doneUnsafe(this.started, Exit.fail(reason))
    Deferred.doneUnsafe(this.ready, Exit.fail(reason))
  }

  /** The last presence of this user is the one to log in with again. */
  #own(message: ServerMessage): void {
    if (this.presence === null || message._tag !== "ItemChanged" || message.list !== "users") return
    const { presence } = message.change
    if (message.id !== this.identity.userId || presence === undefined || presence === DISCONNECTED) return
    this.presence = presence
  }
}
