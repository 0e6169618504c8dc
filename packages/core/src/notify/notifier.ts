/** State change -> who may know -> one encoded line -> outboxes (reference 4). */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scheduler from "effect/Scheduler"
import { Settings } from "../config/settings.ts"
import { Directory } from "../directory/directory.ts"
import { type ContextName, contextOf, visible } from "../parting/parting.ts"
import type { ListName, StatusKind } from "../protocol/client_command.ts"
import {
  addConfig,
  delConfig,
  encodeBytes,
  type ServerMessage,
  updateConfig,
  updateStatus
} from "../protocol/server_message.ts"
import { agentStatus, memberConfig, phoneStatus, servicesConfig, voicemailStatus } from "../protocol/views.ts"
import type { AgentStatus, StateChange } from "../telephony/state_change.ts"
import type { TelephonyState } from "../telephony/telephony_state.ts"
import { FanOut, type Outbox } from "./fan_out.ts"

/** Everybody, when contexts are not separated. */
const EVERYBODY = "*"

/** What an `agent_status_update` says of an agent. */
export const loginWord = (status: AgentStatus): "logged_in" | "logged_out" =>
  status.login === null ? "logged_out" : "logged_in"

/** A signed-in client, as the notifier sees him. */
export interface Hearer {
  readonly outbox: Outbox
  /** The context of his main line. */
  readonly context: () => ContextName
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
}

export class Notifier extends Context.Service<
  Notifier,
  {
    /** Seconds since the epoch, as every message carries it. */
    readonly now: () => number
    /** A hearer joins the broadcasts that he may know of. Again after his context, or separation, changed. */
    readonly join: (hearer: Hearer) => void
    readonly leave: (hearer: Hearer) => void
    /** To one client alone; leaves in order with the broadcasts. */
    readonly send: (hearer: Hearer, message: ServerMessage) => void
    readonly register: (hearer: Hearer, kind: StatusKind, id: number) => void
    readonly unregister: (hearer: Hearer, kind: StatusKind, id: number) => void
    /** A user's presence changed. */
    readonly presence: (userId: number, presence: string) => void
    /** The PBX, or what we know of it, changed. */
    readonly changes: (state: TelephonyState, changes: ReadonlyArray<StateChange>) => void
    /** A status message, for the registration of a single object. */
    readonly statusOf: (kind: StatusKind, id: number, value: string | number) => ServerMessage
    /** Writes at once what waits for the end of the turn. */
    readonly flush: () => void
  }
>()("@ctid/core/Notifier") {
  static readonly layer: Layer.Layer<Notifier, never, Directory | Settings> = Layer.effect(
    Notifier,
    Effect.gen(function* () {
      const directory = yield* Directory
      const settings = yield* Settings
      const clock = yield* Clock.Clock
      const dispatcher = (yield* Scheduler.Scheduler).makeDispatcher()
      const fanOut = new FanOut((flush) => dispatcher.scheduleTask(flush, 0))
      const subscriptions = new Subscriptions()
      const now = (): number => clock.currentTimeMillisUnsafe() / 1000

      const broadcast = (list: ListName, id: number | string, message: () => ServerMessage): void => {
        let key = EVERYBODY
        if (settings.current().contextSeparation) {
          const context = contextOf(directory.current(), list, id)
          if (context === null) return
          key = `=${context}`
        }
        if (!fanOut.isEmpty(key)) fanOut.broadcast(key, encodeBytes(message(), now()))
      }

      const toRegistered = (kind: StatusKind, list: ListName, id: number, value: string | number): void => {
        let line: Uint8Array | null = null
        for (const hearer of subscriptions.of(`${kind}/${id}`)) {
          if (!visible(settings.current().contextSeparation, hearer.context(), contextOf(directory.current(), list, id)))
            continue
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
            break
          case "Agent":
            broadcast("agents", change.agentId, () =>
              updateStatus("agents", change.agentId, agentStatus(directory.current(), change.status))
            )
            if (change.login) {
              toRegistered("agent", "agents", change.agentId, loginWord(change.status))
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
          const context = hearer.context()
          if (!settings.current().contextSeparation) fanOut.join(hearer.outbox, EVERYBODY)
          else if (context === null) fanOut.leave(hearer.outbox)
          else fanOut.join(hearer.outbox, `=${context}`)
        },
        leave: (hearer) => {
          fanOut.leave(hearer.outbox)
          subscriptions.removeAll(hearer)
        },
        send: (hearer, message) => fanOut.send(hearer.outbox, encodeBytes(message, now())),
        register: (hearer, kind, id) => subscriptions.add(hearer, `${kind}/${id}`),
        unregister: (hearer, kind, id) => subscriptions.remove(hearer, `${kind}/${id}`),
        presence: (userId, presence) => {
          broadcast("users", userId, () => updateStatus("users", String(userId), { availstate: presence }))
          toRegistered("user", "users", userId, presence)
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
