/** The states of all devices. Custom states live in AstDB, so they outlive a restart that keeps it. */
import type { Database } from "./database.ts"
import { type DeviceState, parseDeviceState } from "./device_state.ts"
import type { Publish } from "./publisher.ts"

const CUSTOM = "Custom:"
const CUSTOM_FAMILY = "CustomDevstate"

export interface Devices {
  readonly get: (device: string) => DeviceState
  /** Sets a state; tells everybody when it is a new one. */
  readonly set: (device: string, state: DeviceState) => void
  /** Sets a state that nobody has to be told of: what a device is when Asterisk starts. */
  readonly initialise: (device: string, state: DeviceState) => void
  /** Devices with a known state. */
  readonly list: () => ReadonlyArray<readonly [device: string, state: DeviceState]>
  /** Calls back after each change, after the event. */
  readonly watch: (onChange: (device: string, state: DeviceState) => void) => void
  /** Forgets all states but those that AstDB keeps. */
  readonly restart: () => void
}

export const makeDevices = (database: Database, publish: Publish): Devices => {
  const states = new Map<string, DeviceState>()
  const watchers: Array<(device: string, state: DeviceState) => void> = []
  return {
    get: (device) => {
      const state = states.get(device)
      if (state !== undefined) return state
      if (device.startsWith(CUSTOM)) return "UNKNOWN"
      return device.startsWith("Local/") ? "NOT_INUSE" : "INVALID"
    },
    set: (device, state) => {
      if (device.startsWith(CUSTOM)) database.put(CUSTOM_FAMILY, device.slice(CUSTOM.length), state)
      if (states.get(device) === state) return
      states.set(device, state)
      publish("call", "DeviceStateChange", [
        ["Device", device],
        ["State", state]
      ])
      for (const watcher of watchers) watcher(device, state)
    },
    initialise: (device, state) => {
      states.set(device, state)
    },
    list: () => [...states],
    watch: (onChange) => {
      watchers.push(onChange)
    },
    restart: () => {
      states.clear()
      for (const [path, value] of database.tree(CUSTOM_FAMILY, "")) {
        const state = parseDeviceState(value)
        if (state !== null) states.set(CUSTOM + path.slice(CUSTOM_FAMILY.length + 2), state)
      }
    }
  }
}
