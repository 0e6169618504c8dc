/** What a client shows: users, phones, agents, queues, their members, voicemails (reference 3.2), as immutable values. */

/** The lists a board is made of, by their names on the wire. */
export const BOARD_LISTS = ["users", "phones", "agents", "queues", "voicemails", "queuemembers"] as const
export type BoardList = (typeof BOARD_LISTS)[number]

export interface BoardForward {
  readonly enabled: boolean
  readonly destination: string
}

export interface BoardUser {
  readonly id: string
  readonly firstName: string
  readonly lastName: string
  readonly fullName: string
  readonly mobilePhoneNumber: string
  readonly agentId: string | null
  readonly voicemailId: string | null
  readonly voicemailEnabled: boolean
  /** Ids of his phones, the main one first. */
  readonly phoneIds: ReadonlyArray<string>
  readonly doNotDisturb: boolean
  readonly incomingFilter: boolean
  readonly recording: boolean
  readonly unconditional: BoardForward
  readonly busy: BoardForward
  readonly noAnswer: BoardForward
  /** Name of a presence: `available`, `disconnected`... */
  readonly presence: string
  /** What he says with it; empty: nothing, or a server that does not tell. */
  readonly note: string
  /** Until when it lasts, in seconds since the epoch; null: no end that is told. */
  readonly until: number | null
}

export interface BoardPhone {
  readonly id: string
  readonly number: string
  /** Its owner. */
  readonly userId: string | null
  /** `SIP/k3x9q1` */
  readonly identity: string
  /** Extension state: -2, -1, 0, 1, 2, 4, 8, 9, 16 (reference 5.5). */
  readonly hint: number
}

export interface BoardAgent {
  readonly id: string
  readonly number: string
  readonly firstName: string
  readonly lastName: string
  readonly context: string
  /** Where he is logged in. */
  readonly extension: string | null
  /** The channel or device of that extension, where the server tells it. */
  readonly channel: string | null
  /** `logged_out`, `available`, `unavailable`, `on_call_nonacd_...` (reference 5.6). */
  readonly availability: string
  /** Seconds since the epoch; null: not known. */
  readonly availabilitySince: number | null
  readonly onQueueCall: boolean
  readonly onWrapUp: boolean
  /** A call outside the queues. */
  readonly otherCall: { readonly direction: string; readonly internal: boolean } | null
  readonly queueIds: ReadonlyArray<string>
}

/** Who its members are: the board's queue members, which the server keeps up to date, as it does not a queue's status. */
export interface BoardQueue {
  readonly id: string
  readonly name: string
  readonly displayName: string
  readonly number: string
  readonly context: string
}

export interface BoardQueueMember {
  /** `Agent/2001,support` */
  readonly id: string
  readonly queueName: string
  /** `Agent/2001`, `SIP/k3x9q1` */
  readonly memberName: string
  readonly paused: boolean
  readonly penalty: number
  /** Device state: 1 not in use ... 8 on hold, 100 not known yet, 101 agent not logged in (reference 4.5). */
  readonly status: number
  readonly callsTaken: number
  /** Server's local time `HH:MM:SS`, or empty. */
  readonly lastCall: string
}

export interface BoardVoicemail {
  readonly id: string
  readonly mailbox: string
  readonly context: string
  readonly newMessages: number
}

/** The item of each list. */
export interface BoardItems {
  readonly users: BoardUser
  readonly phones: BoardPhone
  readonly agents: BoardAgent
  readonly queues: BoardQueue
  readonly voicemails: BoardVoicemail
  readonly queuemembers: BoardQueueMember
}

/** A change of an item: only what is told. Of a forward, too, only what is told. */
export type BoardChange<Item> = {
  readonly [Key in Exclude<keyof Item, "id">]?: Item[Key] extends BoardForward ? Partial<BoardForward> : Item[Key]
}

/** A snapshot: never changes. Items by id, in the order in which the server listed them. */
export interface Board {
  readonly users: ReadonlyMap<string, BoardUser>
  readonly phones: ReadonlyMap<string, BoardPhone>
  readonly agents: ReadonlyMap<string, BoardAgent>
  readonly queues: ReadonlyMap<string, BoardQueue>
  readonly voicemails: ReadonlyMap<string, BoardVoicemail>
  readonly queuemembers: ReadonlyMap<string, BoardQueueMember>
}

export const emptyBoard: Board = {
  users: new Map(),
  phones: new Map(),
  agents: new Map(),
  queues: new Map(),
  voicemails: new Map(),
  queuemembers: new Map()
}

const noForward: BoardForward = { enabled: false, destination: "" }

/** An item of which nothing has been told yet. */
export const blankItem: { readonly [List in BoardList]: (id: string) => BoardItems[List] } = {
  users: (id) => ({
    id,
    firstName: "",
    lastName: "",
    fullName: "",
    mobilePhoneNumber: "",
    agentId: null,
    voicemailId: null,
    voicemailEnabled: false,
    phoneIds: [],
    doNotDisturb: false,
    incomingFilter: false,
    recording: false,
    unconditional: noForward,
    busy: noForward,
    noAnswer: noForward,
    presence: "disconnected",
    note: "",
    until: null
  }),
  phones: (id) => ({ id, number: "", userId: null, identity: "", hint: 4 }),
  agents: (id) => ({
    id,
    number: "",
    firstName: "",
    lastName: "",
    context: "",
    extension: null,
    channel: null,
    availability: "logged_out",
    availabilitySince: null,
    onQueueCall: false,
    onWrapUp: false,
    otherCall: null,
    queueIds: []
  }),
  queues: (id) => ({ id, name: "", displayName: "", number: "", context: "" }),
  voicemails: (id) => ({ id, mailbox: "", context: "", newMessages: 0 }),
  queuemembers: (id) => ({
    id,
    queueName: "",
    memberName: "",
    paused: false,
    penalty: 0,
    status: 100,
    callsTaken: 0,
    lastCall: ""
  })
}
