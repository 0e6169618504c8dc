/** What the server keeps of agents and services, and what may change in it. */
import type { Availability } from "./availability.ts"
import type { Forward, NonAcdCall } from "./telephony.ts"

export interface AgentPlace {
  /** That of the line whose phone it is, else what a dialplan or an agent daemon reported. */
  readonly extension: string | null
  /** Of that line; null: the phone is no declared line's. */
  readonly context: string | null
  readonly device: string | null
}

export interface AgentStatus {
  /** Where he is logged in; null while he is not. */
  readonly login: AgentPlace | null
  readonly onAcdCall: boolean
  readonly onWrapUp: boolean
  readonly nonAcdCall: NonAcdCall | null
  readonly availability: Availability
  /** Seconds since the epoch. */
  readonly since: number
  /** Names of the queues he is in. */
  readonly queues: ReadonlyArray<string>
}

/** Services of a user (reference 3.3). Those of the PBX are those of his main line. */
export interface UserServices {
  readonly doNotDisturb: boolean
  readonly unconditional: Forward
  readonly busy: Forward
  readonly noAnswer: Forward
  readonly incomingFilter: boolean
  readonly recording: boolean
}

export type ServicesChange = Partial<UserServices>

export type StateChange =
  | { readonly _tag: "Phone"; readonly lineId: number; readonly state: number }
  /** `login`: he logged in or off with it. Every computation is a change (reference 5.6). */
  | { readonly _tag: "Agent"; readonly agentId: number; readonly status: AgentStatus; readonly login: boolean }
  | { readonly _tag: "MemberAdded"; readonly id: string }
  | { readonly _tag: "MemberRemoved"; readonly id: string }
  | { readonly _tag: "Member"; readonly id: string }
  | { readonly _tag: "Services"; readonly userId: number; readonly services: ServicesChange }
  | { readonly _tag: "Voicemail"; readonly voicemailId: number; readonly newMessages: string }
  | { readonly _tag: "Link"; readonly up: boolean }
  /** Wrap-up began: `wrapUpEnded` is due after so many seconds. `turn` tells it from a later one. */
  | { readonly _tag: "WrapUp"; readonly agentId: number; readonly seconds: number; readonly turn: number }

const noForward: Forward = { enabled: false, destination: "" }
export const noServices: UserServices = {
  doNotDisturb: false,
  unconditional: noForward,
  busy: noForward,
  noAnswer: noForward,
  incomingFilter: false,
  recording: false
}
