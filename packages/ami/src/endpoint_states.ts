/** State of each line's phone, from hints and, where there is none, from devices (reference 5.5, 9.2). */
import { type DirectorySnapshot, deviceKey, lineKey } from "@ctid/core/directory/directory"
import type { TelephonyEvent } from "@ctid/core/telephony/telephony"
import type { AmiMessage } from "./ami_message.ts"

type EndpointEvent = Extract<TelephonyEvent, { readonly _tag: "EndpointState" }>

/** Unavailable; what clients show for a phone of which nothing is known. */
const UNKNOWN = 4

/**
 * How much a source says about a line. The hint of its own extension says most. A hint that joins several devices says little about
 * each of them: it is the state of a group.
 */
const OWN_HINT = 4
const DEVICE_HINT = 3
const DEVICE = 2
const GROUP_HINT = 1

const KNOWN = new Set([-2, -1, 0, 1, 2, 4, 8, 9, 16])

/** An extension state of Asterisk as one of reference 5.5; null when it is none. Asterisk adds flags: 17 is in use and on hold. */
const extensionState = (text: string | undefined): number | null => {
  const state = text === undefined || !/^-?\d{1,3}$/.test(text) ? Number.NaN : Number(text)
  if (Number.isNaN(state)) return null
  if (KNOWN.has(state)) return state
  for (const part of [9, 1, 8, 16, 2]) if (state > 0 && (state & part) === part) return part
  return UNKNOWN
}

/** As Asterisk itself makes a hint's state of a device's. */
const DEVICE_STATES: ReadonlyMap<string, number> = new Map([
  ["UNKNOWN", 0],
  ["NOT_INUSE", 0],
  ["INUSE", 1],
  ["BUSY", 2],
  ["INVALID", 4],
  ["UNAVAILABLE", 4],
  ["RINGING", 8],
  ["RINGINUSE", 9],
  ["ONHOLD", 16]
])

/** Devices of a hint: `PJSIP/1001&Custom:DND1001,CustomPresence:1001` -> the two before the comma. */
const devicesOf = (hint: string): ReadonlyArray<string> =>
  (hint.split(",", 1)[0] ?? "")
    .split("&")
    .map((device) => device.trim())
    .filter((device) => device !== "")

interface Known {
  readonly rank: number
  readonly state: number
}

export class EndpointStates {
  readonly #directory: () => DirectorySnapshot
  #known = new Map<number, Known>()

  constructor(directory: () => DirectorySnapshot) {
    this.#directory = directory
  }

  /** An `ExtensionStatus`. */
  hint(message: AmiMessage): ReadonlyArray<EndpointEvent> {
    const state = extensionState(message.get("Status"))
    return state === null ? [] : this.#hint(message, (lineId, rank) => this.#note(lineId, rank, state))
  }

  /** A `DeviceStateChange`. */
  device(message: AmiMessage): ReadonlyArray<EndpointEvent> {
    const state = DEVICE_STATES.get(message.get("State") ?? "")
    const line = this.#directory().linesByDevice.get(deviceKey(message.get("Device") ?? ""))
    return state === undefined || line === undefined ? [] : this.#note(line.id, DEVICE, state)
  }

  /** All hints and all devices of Asterisk: what they do not say is known no more. Answers the state of every line. */
  replace(hints: ReadonlyArray<AmiMessage>, devices: ReadonlyArray<AmiMessage>): ReadonlyArray<EndpointEvent> {
    const before = this.#known
    this.#known = new Map()
    for (const message of hints) this.hint(message)
    for (const message of devices) this.device(message)
    const lines = this.#directory().lines
    for (const lineId of before.keys()) {
      if (!this.#known.has(lineId) && lines.has(lineId)) this.#known.set(lineId, { rank: 0, state: UNKNOWN })
    }
    return this.all()
  }

  all(): ReadonlyArray<EndpointEvent> {
    return [...this.#known].map(([lineId, { state }]) => ({ _tag: "EndpointState", lineId, state }))
  }

  #hint(
    message: AmiMessage,
    note: (lineId: number, rank: number) => ReadonlyArray<EndpointEvent>
  ): ReadonlyArray<EndpointEvent> {
    const directory = this.#directory()
    const exten = message.get("Exten")
    const own = directory.linesByExtension.get(lineKey(exten ?? "", message.get("Context") ?? ""))
    if (own !== undefined) return note(own.id, OWN_HINT)
    const devices = devicesOf(message.get("Hint") ?? "")
    // a hint without an extension is told of its devices only, joined or not
    const rank = devices.length === 1 || exten === undefined ? DEVICE_HINT : GROUP_HINT
    return devices.flatMap((device) => {
      const line = directory.linesByDevice.get(deviceKey(device))
      return line === undefined ? [] : note(line.id, rank)
    })
  }

  #note(lineId: number, rank: number, state: number): ReadonlyArray<EndpointEvent> {
    const known = this.#known.get(lineId)
    if (known !== undefined && known.rank > rank) return []
    this.#known.set(lineId, { rank, state })
    return known?.state === state ? [] : [{ _tag: "EndpointState", lineId, state }]
  }
}
