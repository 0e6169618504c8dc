/** State change -> who may know -> one encoded line -> outboxes (reference 4). */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scheduler from "effect/Scheduler"
import { type ProtocolVersion, Settings } from "../config/settings.ts"
import { Directory } from "../directory/directory.ts"
import { CtiEvents } from "../events/cti_events.ts"
import { audienceOf, type ContextName, contextOf, visible } from "../parting/parting.ts"
import type { ToldTerms } from "../presence/presence_terms.ts"
import type { ListName, StatusKind } from "../protocol/client_command.ts"
import {
  addConfig,
  delConfig,
  encodeBytes,
  encodeText,
  type ServerMessage,
  updateConfig,
  updateStatus,
  utf8
} from "../protocol/server_message.ts"
import {
  agentStatus,
  type MayName,
  memberConfig,
  phoneStatus,
  servicesConfig,
  termsStatus,
  voicemailStatus
} from "../protocol/views.ts"
import type { AgentStatus, StateChange } from "../telephony/state_change.ts"
import type { TelephonyState } from "../telephony/telephony_state.ts"
import { FanOut } from "./fan_out.ts"
import type { Outbox } from "./outbox.ts"

/** What an `agent_status_update` says of an agent. */
export const loginWord = (status: AgentStatus): "logged_in" | "logged_out" =>
  status.login === null ? "logged_out" : "logged_in"

/** Who may register for single objects. */
export interface Hearer {
  readonly outbox: Outbox
  /** The context of which he may know. */
  readonly context: () => ContextName
}

/** A signed-in client, as the notifier sees him. His context is that of his main line. */
export interface ClientHearer extends Hearer {
  readonly userId: number
  readonly version: ProtocolVersion
  /** He is told notes and ends of presences. */
  readonly wantsTerms: boolean
}

/** Registrations of single objects (reference 3.9), by `kind/id`. */
class Subscriptions {
  readonly #byKey = new Map<string, Set<Hearer>>()
  readonly #byHearer = new Map<Hearer, Set<string>>()

  add(hearer: Hearer, key: string): void {
    const hearers = this.#byKey.get(key)
    if (hearers === undefined) this.#byKey.set(key, new Set([hearer]))
    else hearers.add(hearer)
    const keys = this.#byHearer.get(hearer)
    if (keys === undefined) this.#byHearer.set(hearer, new Set([key]))
    else keys.add(key)
  }

  remove(hearer: Hearer, key: string): void {
    const hearers = this.#byKey.get(key)
    hearers?.delete(hearer)
    if (hearers?.size === 0) this.#byKey.delete(key)
    const keys = this.#byHearer.get(hearer)
    keys?.delete(key)
    if (keys?.size === 0) this.#byHearer.delete(hearer)
  }

  removeAll(hearer: Hearer): void {
    for (const key of this.#byHearer.get(hearer) ?? []) {
      const hearers = this.#byKey.get(key)
      hearers?.delete(hearer)
      if (hearers?.size === 0) this.#byKey.delete(key)
    }
    this.#byHearer.delete(hearer)
  }

  of(key: string): Iterable<Hearer> {
    return this.#byKey.get(key) ?? []
  }

  /** Drops the registrations of a kind for ids that are `gone`. */
  removeGone(kind: StatusKind, gone: (id: number) => boolean): void {
    const prefix = `${kind}/`
    for (const [key, hearers] of [...this.#byKey]) {
      if (!key.startsWith(prefix) || !gone(Number(key.slice(prefix.length)))) continue
      for (const hearer of [...hearers]) this.remove(hearer, key)
    }
  }
}

export class Notifier extends Context.Service<
  Notifier,
  {
    /** Seconds since the epoch, as every message carries it. */
    readonly now: () => number
    /** A hearer joins the broadcasts that he may know of. Again after his context, or separation, changed. */
    readonly join: (hearer: ClientHearer) => void
    readonly leave: (hearer: Hearer) => void
    /** Everybody who joined and has not left. */
    readonly hearers: () => Iterable<ClientHearer>
    /** Those of one user. */
    readonly hearersOf: (userId: number) => Iterable<ClientHearer>
    /** The same messages to some, encoded once; they leave in order with the broadcasts. */
    readonly tell: (hearers: Iterable<Hearer>, messages: ReadonlyArray<ServerMessage>) => void
    /** To one client alone; leaves in order with the broadcasts. */
    readonly send: (hearer: Hearer, message: ServerMessage) => void
    readonly register: (hearer: Hearer, kind: StatusKind, id: number) => void
    readonly unregister: (hearer: Hearer, kind: StatusKind, id: number) => void
    /** Drops the registrations of objects that are not declared any more. */
    readonly dropRegistrations: () => void
    /** A user's presence changed. */
    readonly presence: (userId: number, presence: string) => void
    /** What a user says with his presence, told after it to those who want to know. */
    readonly presenceTerms: (userId: number, terms: ToldTerms) => void
    /** The PBX, or what we know of it, changed. */
    readonly changes: (state: TelephonyState, changes: ReadonlyArray<StateChange>) => void
    /** A status message, for the registration of a single object. */
    readonly statusOf: (kind: StatusKind, id: number, value: string | number) => ServerMessage
    /** Writes at once what waits for the end of the turn. */
    readonly flush: () => void
  }
>()("@ctid/core/Notifier") {
  static readonly layer: Layer.Layer<Notifier, never, Directory | Settings | CtiEvents> = Layer.effect(
    Notifier,
    Effect.gen(function* () {
      const directory = yield* Directory
      const settings = yield* Settings
      const events = yield* CtiEvents
      const clock = yield* Clock.Clock
      const dispatcher = (yield* Scheduler.Scheduler).makeDispatcher()
      const fanOut = new FanOut((flush) => dispatcher.scheduleTask(flush, 0))
      const subscriptions = new Subscriptions()
      const joined = new Map<Hearer, ClientHearer>()
      /** Those who are told notes and ends of presences. */
      const wanting = new Set<ClientHearer>()
      const ofUser = new Map<number, Set<ClientHearer>>()
      const now = (): number => clock.currentTimeMillisUnsafe() / 1000

      /** What may be named to those who may know of an object: the same context, while contexts are separated. */
      const mayName = (list: ListName, id: number): MayName => {
        const separation = settings.current().contextSeparation
        const own = separation ? contextOf(directory.current(), list, id) : null
        return (context) => visible(separation, own, context)
      }

      const broadcast = (list: ListName, id: number | string, message: () => ServerMessage): void => {
        const separation = settings.current().contextSeparation
        const key = audienceOf(separation, separation ? contextOf(directory.current(), list, id) : null)
        if (key === null) return
        if (!fanOut.isEmpty(key)) fanOut.broadcast(key, encodeBytes(message(), now()))
      }

      const toRegistered = (kind: StatusKind, list: ListName, id: number, value: string | number): void => {
        const separation = settings.current().contextSeparation
        const own = separation ? contextOf(directory.current(), list, id) : null
        let line: Uint8Array | null = null
        for (const hearer of subscriptions.of(`${kind}/${id}`)) {
          if (separation && !visible(true, hearer.context(), own)) continue
          line ??= encodeBytes(statusOf(kind, id, value), now())
          fanOut.send(hearer.outbox, line)
        }
      }

      const statusOf = (kind: StatusKind, id: number, value: string | number): ServerMessage => {
        const server = directory.current().serverUuid
        switch (kind) {
          case "agent":
            return { class: "agent_status_update", data: { xivo_uuid: server, agent_id: id, status: value } }
          case "endpoint":
            return { class: "endpoint_status_update", data: { xivo_uuid: server, endpoint_id: id, status: value } }
          case "user": {
            const uuid = directory.current().users.get(id)?.uuid ?? null
            return { class: "user_status_update", data: { xivo_uuid: server, user_uuid: uuid, user_id: id, status: value } }
          }
        }
      }

      const change = (state: TelephonyState, change: StateChange): void => {
        switch (change._tag) {
          case "Phone":
            broadcast("phones", change.lineId, () => updateStatus("phones", String(change.lineId), phoneStatus(change.state)))
            toRegistered("endpoint", "phones", change.lineId, change.state)
            if (events.hasReaders()) {
              events.publish({ _tag: "EndpointStatus", lineId: change.lineId, status: Number(change.state) })
            }
            break
          case "Agent":
            broadcast("agents", change.agentId, () =>
              updateStatus(
                "agents",
                change.agentId,
                agentStatus(directory.current(), change.status, undefined, mayName("agents", change.agentId))
              )
            )
            if (change.login) {
              toRegistered("agent", "agents", change.agentId, loginWord(change.status))
              events.publish({ _tag: "AgentStatus", agentId: change.agentId, status: loginWord(change.status) })
            }
            break
          case "MemberAdded":
            broadcast("queuemembers", change.id, () => addConfig("queuemembers", [change.id]))
            break
          case "MemberRemoved":
            broadcast("queuemembers", change.id, () => delConfig("queuemembers", [change.id]))
            break
          case "Member":
            broadcast("queuemembers", change.id, () =>
              updateConfig("queuemembers", change.id, memberConfig(directory.current(), state, change.id) ?? {})
            )
            break
          case "Services":
            broadcast("users", change.userId, () =>
              updateConfig("users", String(change.userId), servicesConfig(change.services))
            )
            break
          case "Voicemail":
            broadcast("voicemails", change.voicemailId, () =>
              updateStatus("voicemails", String(change.voicemailId), voicemailStatus(change.newMessages))
            )
            break
          case "Link":
          case "WrapUp":
            break
        }
      }

      return Notifier.of({
        now,
        join: (hearer) => {
          joined.set(hearer, hearer)
          if (hearer.wantsTerms) wanting.add(hearer)
          const own = ofUser.get(hearer.userId)
          if (own === undefined) ofUser.set(hearer.userId, new Set([hearer]))
          else own.add(hearer)
          const key = audienceOf(settings.current().contextSeparation, hearer.context())
          if (key === null) fanOut.leave(hearer.outbox)
          else fanOut.join(hearer.outbox, key)
        },
        leave: (hearer) => {
          const client = joined.get(hearer)
          joined.delete(hearer)
          if (client !== undefined) wanting.delete(client)
          if (client !== undefined) {
            const own = ofUser.get(client.userId)
            own?.delete(client)
            if (own?.size === 0) ofUser.delete(client.userId)
          }
          fanOut.leave(hearer.outbox)
          subscriptions.removeAll(hearer)
        },
        hearers: () => joined.values(),
        hearersOf: (userId) => ofUser.get(userId) ?? [],
        tell: (some, messages) => {
          if (messages.length === 0) return
          const time = now()
          const lines = utf8(messages.map((message) => encodeText(message, time)).join(""))
          fanOut.tell(
            [...some].map(({ outbox }) => outbox),
            lines
          )
        },
        dropRegistrations: () => {
          const { agents, lines, users } = directory.current()
          subscriptions.removeGone("agent", (id) => !agents.has(id))
          subscriptions.removeGone("endpoint", (id) => !lines.has(id))
          subscriptions.removeGone("user", (id) => !users.has(id))
        },
        send: (hearer, message) => fanOut.send(hearer.outbox, encodeBytes(message, now())),
        register: (hearer, kind, id) => subscriptions.add(hearer, `${kind}/${id}`),
        unregister: (hearer, kind, id) => subscriptions.remove(hearer, `${kind}/${id}`),
        presence: (userId, presence) => {
          broadcast("users", userId, () => updateStatus("users", String(userId), { availstate: presence }))
          toRegistered("user", "users", userId, presence)
          if (!events.hasReaders()) return
          const userUuid = directory.current().users.get(userId)?.uuid
          if (userUuid !== undefined) events.publish({ _tag: "UserStatus", userId, userUuid, status: presence })
        },
        presenceTerms: (userId, terms) => {
          const separation = settings.current().contextSeparation
          const own = separation ? contextOf(directory.current(), "users", userId) : null
          let line: Uint8Array | null = null
          for (const hearer of wanting) {
            if (!visible(separation, hearer.context(), own)) continue
            line ??= encodeBytes(updateStatus("users", String(userId), termsStatus(terms)), now())
            fanOut.send(hearer.outbox, line)
          }
        },
        changes: (state, changes) => {
          for (const one of changes) change(state, one)
        },
        statusOf,
        flush: () => fanOut.flush()
      })
    })
  )
}
