/** The commands of a signed-in client, typed (reference 3). */
import type { ListName } from "@ctid/core/protocol/client_command"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { BoardForward, BoardList } from "./board.ts"
import { ipbxListRequest, itemRequest, listIdsRequest } from "./board_pull.ts"
import { type ClientEnded, type ClientOffline, type LinkError, PresenceRefused } from "./client_error.ts"
import * as command from "./command.ts"
import type { Identity } from "./identity.ts"
import type { Link } from "./link.ts"

/** A call can fail because there is no connection, or because it ends meanwhile. */
export type CallError = ClientOffline | ClientEnded | LinkError

/** The wire object of an item. */
export type WireItem = Readonly<Record<string, unknown>>

/**
 * Commands that the protocol answers give the answer. The others end when they are sent: what they do is seen as events and on the
 * board, what is refused as a `CommandRefused` event.
 */
export interface ClientCalls {
  /** Changes the user's own presence, with a note and an end if wanted; ends when the server has told everybody. */
  readonly setPresence: (presence: string, terms?: command.PresenceTerms) => Effect.Effect<void, CallError | PresenceRefused>
  readonly getIpbxList: Effect.Effect<ReadonlyArray<string>, CallError>
  /** Ids of what this user may see. */
  readonly getIds: (list: ListName) => Effect.Effect<ReadonlyArray<string>, CallError>
  /** The item as the wire has it; null: there is none that this user may see. */
  readonly getConfig: (list: BoardList, id: string) => Effect.Effect<WireItem | null, CallError>
  readonly getStatus: (list: BoardList, id: string) => Effect.Effect<WireItem | null, CallError>
  readonly setDoNotDisturb: (on: boolean) => Effect.Effect<void, CallError>
  readonly setIncomingFilter: (on: boolean) => Effect.Effect<void, CallError>
  readonly setForward: (kind: command.ForwardKind, forward: BoardForward) => Effect.Effect<void, CallError>
  /** Call recording of any user that one may see. */
  readonly setRecording: (userId: string, on: boolean) => Effect.Effect<void, CallError>
  /** `agentId` absent: the user's own agent. `extension` absent: the first one of the agent's user. */
  readonly agentLogin: (options?: { readonly agentId?: string; readonly extension?: string }) => Effect.Effect<void, CallError>
  readonly agentLogout: (agentId?: string) => Effect.Effect<void, CallError>
  /** `queueId` may be `all`. */
  readonly queuePause: (agentId: string, queueId: string) => Effect.Effect<void, CallError>
  readonly queueUnpause: (agentId: string, queueId: string) => Effect.Effect<void, CallError>
  readonly queueAdd: (agentId: string, queueId: string) => Effect.Effect<void, CallError>
  readonly queueRemove: (agentId: string, queueId: string) => Effect.Effect<void, CallError>
  /** Listens in on a logged-in agent: the user's phone rings. */
  readonly listen: (agentId: string) => Effect.Effect<void, CallError>
  /** Asks for status events of single objects; their present status comes at once. */
  readonly register: (kind: command.StatusKind, keys: ReadonlyArray<command.StatusKey>) => Effect.Effect<void, CallError>
  readonly unregister: (kind: command.StatusKind, keys: ReadonlyArray<command.StatusKey>) => Effect.Effect<void, CallError>
  /** Asks for an answer, to see that the server is there. */
  readonly keepAlive: Effect.Effect<void, CallError>
  /** Any other command of the protocol, as it is on the wire. */
  readonly send: (command: command.Command) => Effect.Effect<void, CallError>
}

/** The link there is now, and who is signed in over it. */
export type Online = Effect.Effect<{ readonly link: Link; readonly identity: Identity }, ClientOffline>

export const keepAliveRequest = { command: command.keepAlive, key: "keepalive" } as const

const setPresence = (
  online: Online,
  deadline: number,
  presence: string,
  terms?: command.PresenceTerms
): Effect.Effect<void, CallError | PresenceRefused> =>
  Effect.flatMap(online, ({ link, identity }) => {
    const { presences, userId } = identity
    if (presences.size > 0 && !presences.has(presence)) {
      const names = [...presences.keys()]
      const message = `there is no presence ${JSON.stringify(presence)}; there are ${names.join(", ")}`
      return Effect.fail(new PresenceRefused({ reason: "unknown", from: "", to: presence, instead: names, message }))
    }
    return link.watch(
      (heard) => {
        if (heard._tag === "PresenceRefused" && heard.to === presence) {
          const instead = presences.get(heard.from)?.allowed ?? []
          const message =
            `${presence} cannot be reached from ${heard.from}` +
            (instead.length === 0 ? "" : `; from there: ${instead.join(", ")}`)
          return Exit.fail(new PresenceRefused({ reason: "unreachable", from: heard.from, to: presence, instead, message }))
        }
        if (heard._tag === "CommandRefused" && heard.class === "availstate") {
          const message = `the server refuses it: ${heard.error}`
          return Exit.fail(new PresenceRefused({ reason: "until", from: "", to: presence, instead: [], message }))
        }
        const mine = heard._tag === "ItemChanged" && heard.list === "users" && heard.id === userId
        return mine && heard.change.presence === presence ? Exit.void : null
      },
      link.send([command.setPresence(presence, userId, terms)]),
      `the presence ${presence}`,
      deadline
    )
  })

/** `deadline`: milliseconds for each answer. */
export const makeCalls = (online: Online, deadline: number): ClientCalls => {
  const send = (one: command.Command): Effect.Effect<void, CallError> => Effect.flatMap(online, ({ link }) => link.send([one]))
  const ask = (request: Parameters<Link["ask"]>[0][number]) =>
    Effect.flatMap(online, ({ link }) => Effect.map(link.ask([request], deadline), ([answer]) => answer))
  const getItem = (part: "config" | "status", list: BoardList, id: string): Effect.Effect<WireItem | null, CallError> =>
    Effect.map(ask(itemRequest(part, list, id)), (answer) => (answer?._tag === "ItemChanged" ? answer.wire : null))
  return {
    setPresence: (presence, terms) => setPresence(online, deadline, presence, terms),
    getIpbxList: Effect.map(ask(ipbxListRequest), (answer) => (answer?._tag === "IpbxList" ? answer.ids : [])),
    getIds: (list) => Effect.map(ask(listIdsRequest(list)), (answer) => (answer?._tag === "ItemIds" ? answer.ids : [])),
    getConfig: (list, id) => getItem("config", list, id),
    getStatus: (list, id) => getItem("status", list, id),
    setDoNotDisturb: (on) => send(command.putFlag("enablednd", on)),
    setIncomingFilter: (on) => send(command.putFlag("incallfilter", on)),
    setForward: (kind, forward) => send(command.putForward(kind, forward)),
    setRecording: (userId, on) => send(command.putRecording(userId, on)),
    agentLogin: (options = {}) => send(command.agentLogin(options)),
    agentLogout: (agentId) => send(command.agentLogout(agentId)),
    queuePause: (agentId, queueId) => send(command.pauseMember(agentId, queueId, true)),
    queueUnpause: (agentId, queueId) => send(command.pauseMember(agentId, queueId, false)),
    queueAdd: (agentId, queueId) => send(command.queueAdd(agentId, queueId)),
    queueRemove: (agentId, queueId) => send(command.queueRemove(agentId, queueId)),
    listen: (agentId) => send(command.listen(agentId)),
    register: (kind, keys) => send(command.register(kind, keys, true)),
    unregister: (kind, keys) => send(command.register(kind, keys, false)),
    keepAlive: Effect.asVoid(ask(keepAliveRequest)),
    send
  }
}
