/** Listens to a Telephony and remembers, so that a case can wait for what it expects. */
import type { LineServices, QueueMember, Telephony, TelephonyEvent } from "@ctid/core/telephony/telephony"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

type EventOf<Tag extends TelephonyEvent["_tag"]> = Extract<TelephonyEvent, { readonly _tag: Tag }>

export interface TelephonyObserver {
  /** All events, or those since the last `forget`, oldest first. */
  readonly events: () => ReadonlyArray<TelephonyEvent>
  readonly of: <Tag extends TelephonyEvent["_tag"]>(tag: Tag) => ReadonlyArray<EventOf<Tag>>
  /** Forgets the events, not what is known. */
  readonly forget: () => void
  /** The last state of a line that was told. */
  readonly endpointState: (lineId: number) => number | undefined
  /** The last word on each service of a line. */
  readonly services: (lineId: number) => LineServices
  /** Members by `name,queue`, as the events make them. */
  readonly members: () => ReadonlyMap<string, QueueMember>
  /** The newest count of a box. */
  readonly voicemail: (voicemailId: number) => string | undefined
}

/** The only consumer of the events while the scope is open. */
export const observe = (telephony: Telephony["Service"]): Effect.Effect<TelephonyObserver, never, Scope.Scope> =>
  Effect.gen(function* () {
    let events: Array<TelephonyEvent> = []
    const states = new Map<number, number>()
    const services = new Map<number, LineServices>()
    const members = new Map<string, QueueMember>()
    const voicemails = new Map<number, string>()

    const note = (event: TelephonyEvent): void => {
      events.push(event)
      switch (event._tag) {
        case "EndpointState":
          states.set(event.lineId, event.state)
          break
        case "LineServicesChanged":
          services.set(event.lineId, { ...services.get(event.lineId), ...event.services })
          break
        case "QueueMembers":
          members.clear()
          for (const member of event.members) members.set(`${member.name},${member.queue}`, member)
          break
        case "QueueMemberChanged":
          members.set(`${event.member.name},${event.member.queue}`, event.member)
          break
        case "QueueMemberRemoved":
          members.delete(`${event.name},${event.queue}`)
          break
        case "QueueMemberPaused": {
          const member = members.get(`${event.name},${event.queue}`)
          if (member !== undefined) members.set(`${event.name},${event.queue}`, { ...member, paused: event.paused })
          break
        }
        case "VoicemailCount":
          voicemails.set(event.voicemailId, event.newMessages)
          break
      }
    }
    yield* Effect.forkScoped(Stream.runForEach(telephony.events, (event) => Effect.sync(() => note(event))))

    return {
      events: () => events,
      of: <Tag extends TelephonyEvent["_tag"]>(tag: Tag) => events.filter((event): event is EventOf<Tag> => event._tag === tag),
      forget: () => {
        events = []
      },
      endpointState: (lineId) => states.get(lineId),
      services: (lineId) => services.get(lineId) ?? {},
      members: () => members,
      voicemail: (voicemailId) => voicemails.get(voicemailId)
    }
  })
