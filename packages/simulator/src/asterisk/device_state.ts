/** Device states, their numbers, and what they make of an extension that watches several devices. */

/** In the order of Asterisk's numbers, which are a queue member's `Status`. */
export const DEVICE_STATES = [
  "UNKNOWN",
  "NOT_INUSE",
  "INUSE",
  "BUSY",
  "INVALID",
  "UNAVAILABLE",
  "RINGING",
  "RINGINUSE",
  "ONHOLD"
] as const

export type DeviceState = (typeof DEVICE_STATES)[number]

export const deviceStateNumber = (state: DeviceState): number => DEVICE_STATES.indexOf(state)

/** Reads a state as `devstate change` and `Setvar` accept it: any but UNKNOWN, in any case. */
export const parseDeviceState = (text: string): DeviceState | null => {
  const state = DEVICE_STATES.find((name) => name === text.toUpperCase())
  return state === undefined || state === "UNKNOWN" ? null : state
}

/** From the weakest to the strongest: of several devices the strongest decides. */
const STRENGTH: ReadonlyArray<DeviceState> = [
  "INVALID",
  "UNKNOWN",
  "UNAVAILABLE",
  "NOT_INUSE",
  "ONHOLD",
  "RINGING",
  "INUSE",
  "BUSY",
  "RINGINUSE"
]

/** The state of several devices together: the strongest, and ringing beside a busy one is RINGINUSE. */
export const aggregate = (states: Iterable<DeviceState>): DeviceState => {
  let strongest: DeviceState = "INVALID"
  let ringing = false
  let occupied = false
  for (const state of states) {
    ringing ||= state === "RINGING"
    occupied ||= state === "INUSE" || state === "ONHOLD" || state === "BUSY"
    if (STRENGTH.indexOf(state) > STRENGTH.indexOf(strongest)) strongest = state
  }
  return ringing && occupied ? "RINGINUSE" : strongest
}

const EXTENSION_STATUS: Readonly<Record<DeviceState, number>> = {
  UNKNOWN: 0,
  NOT_INUSE: 0,
  INUSE: 1,
  BUSY: 2,
  INVALID: 4,
  UNAVAILABLE: 4,
  RINGING: 8,
  RINGINUSE: 9,
  ONHOLD: 16
}

/** The number in `ExtensionStatus` (reference 5.5). */
export const extensionStatus = (state: DeviceState): number => EXTENSION_STATUS[state]

/** `StatusText` of an extension status. */
export const statusText = (status: number): string => {
  switch (status) {
    case 0:
      return "Idle"
    case 1:
      return "InUse"
    case 2:
      return "Busy"
    case 4:
      return "Unavailable"
    case 8:
      return "Ringing"
    case 9:
      return "InUse&Ringing"
    case 16:
      return "Hold"
    default:
      return "Unknown"
  }
}
