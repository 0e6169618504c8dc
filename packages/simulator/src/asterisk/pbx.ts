/** The parts of a simulated Asterisk, put together, without its manager port. */
import { type Calls, makeCalls } from "./calls.ts"
import { type Channels, makeChannels, type Party } from "./channels.ts"
import { type Database, makeDatabase } from "./database.ts"
import type { DeviceState } from "./device_state.ts"
import { type Devices, makeDevices } from "./devices.ts"
import { type HintSpec, type Hints, makeHints } from "./hints.ts"
import { type Mailboxes, type MailboxSpec, makeMailboxes } from "./mailboxes.ts"
import { makePresences, type Presences } from "./presences.ts"
import type { Publish } from "./publisher.ts"
import { makeQueueCalls, type QueueCalls } from "./queue_calls.ts"
import { makeQueues, type QueueSpec, type Queues } from "./queues.ts"

/** A phone that Asterisk knows. */
export interface PhoneSpec {
  /** `PJSIP/1003`, `Custom:1001` */
  readonly device: string
  /** What one dials to reach it. */
  readonly number: string
  readonly name?: string
  readonly context?: string
  /** Its state when Asterisk starts. Default NOT_INUSE; a custom device has none until one is set. */
  readonly state?: DeviceState
}

/** What a simulated Asterisk is set up with. */
export interface PbxOptions {
  readonly phones?: ReadonlyArray<PhoneSpec>
  readonly hints?: ReadonlyArray<HintSpec>
  readonly queues?: ReadonlyArray<QueueSpec>
  readonly mailboxes?: ReadonlyArray<MailboxSpec>
  /** AstDB at the first start: family, key, value. */
  readonly database?: ReadonlyArray<readonly [family: string, key: string, value: string]>
  /** Dynamic members outlive a restart that keeps AstDB (`persistentmembers` of queues.conf). Default false. */
  readonly persistentMembers?: boolean
  /** Modules that are not loaded: `app_queue`, `app_voicemail`... Their actions are unknown. */
  readonly withoutModules?: ReadonlyArray<string>
  /** Default `22.10.1`. */
  readonly version?: string
}

/** A line of the queue log that somebody added. */
export interface QueueLogEntry {
  readonly queue: string
  readonly event: string
  readonly interface: string
  readonly message: string
}

export interface Pbx {
  readonly database: Database
  readonly devices: Devices
  readonly hints: Hints
  readonly queues: Queues
  readonly presences: Presences
  readonly mailboxes: Mailboxes
  readonly channels: Channels
  readonly calls: Calls
  readonly queueCalls: QueueCalls
  readonly queueLog: Array<QueueLogEntry>
  readonly variables: Map<string, string>
  readonly publish: Publish
  readonly version: string
  /** Seconds since the epoch. */
  readonly now: () => number
  /** Seconds since the epoch at which it started last. */
  readonly startedAt: () => number
  /** While it starts, what modules bring is not there. */
  readonly hasModule: (module: string) => boolean
  readonly setBooting: (booting: boolean) => void
  readonly isBooting: () => boolean
  readonly definePhone: (phone: PhoneSpec) => void
  /** The party on a device; an unknown device is somebody outside, known by the device's own name. */
  readonly partyOn: (device: string) => Party
  /** Who is reached by a number: a phone, or a queue. */
  readonly partyAt: (number: string, context: string) => Party | null
  /** Starts anew: channels, callers and states of devices are gone; AstDB and dynamic members as told. */
  readonly restart: (keep: { readonly database: boolean; readonly members: boolean }) => void
}

/** The modules that bring the actions this Asterisk knows, and those that a check may ask for. */
const MODULES = [
  "app_queue",
  "app_voicemail",
  "app_chanspy",
  "app_dial",
  "app_userevent",
  "func_devstate",
  "func_db",
  "func_presencestate",
  "chan_pjsip",
  "pbx_config",
  "res_manager_devicestate",
  "res_manager_presencestate"
]

export const makePbx = (options: PbxOptions, publish: Publish, now: () => number): Pbx => {
  const database = makeDatabase()
  const devices = makeDevices(database, publish)
  const hints = makeHints(devices, publish)
  const presences = makePresences(database, hints, publish)
  const mailboxes = makeMailboxes(publish)
  const phones = new Map<string, PhoneSpec>()
  const queueLog: Array<QueueLogEntry> = []
  const variables = new Map<string, string>()
  let startedAt = now()
  let booting = false

  const partyOf = (phone: PhoneSpec): Party => ({
    device: phone.device,
    number: phone.number,
    name: phone.name ?? "",
    context: phone.context ?? "default"
  })
  const initialise = (phone: PhoneSpec): void => {
    const state = phone.state ?? (phone.device.startsWith("Custom:") ? null : "NOT_INUSE")
    if (state !== null) devices.initialise(phone.device, state)
  }
  const definePhone = (phone: PhoneSpec): void => {
    phones.set(phone.device, phone)
    initialise(phone)
  }

  for (const [family, key, value] of options.database ?? []) database.put(family, key, value)
  devices.restart()
  for (const phone of options.phones ?? []) definePhone(phone)
  for (const hint of options.hints ?? []) hints.define(hint)
  for (const mailbox of options.mailboxes ?? []) mailboxes.define(mailbox)
  const queues = makeQueues(devices, publish, now)
  for (const queue of options.queues ?? []) queues.define(queue)
  hints.restart()
  const channels = makeChannels(devices, publish, now)
  const calls = makeCalls(channels, publish)
  const queueCalls = makeQueueCalls(queues, channels, publish, now)

  return {
    database,
    devices,
    hints,
    queues,
    presences,
    mailboxes,
    channels,
    calls,
    queueCalls,
    queueLog,
    variables,
    publish,
    version: options.version ?? "22.10.1",
    now,
    startedAt: () => startedAt,
    hasModule: (module) => {
      const name = module.replace(/\.so$/, "")
      return !booting && MODULES.includes(name) && !(options.withoutModules ?? []).includes(name)
    },
    setBooting: (value) => {
      booting = value
    },
    isBooting: () => booting,
    definePhone,
    partyOn: (dialled) => {
      const device = dialled.replace(/\/n$/, "")
      const phone = phones.get(device)
      const number = device.slice(device.search(/[/:]/) + 1)
      return phone === undefined ? { device, number, name: "", context: "default" } : partyOf(phone)
    },
    partyAt: (number, context) => {
      for (const phone of phones.values()) {
        if (phone.number === number && (phone.context ?? "default") === context) return partyOf(phone)
      }
      return null
    },
    restart: (keep) => {
      startedAt = now()
      if (!keep.database) database.clear()
      variables.clear()
      channels.restart()
      calls.restart()
      queueCalls.restart()
      devices.restart()
      for (const phone of phones.values()) initialise(phone)
      queues.restart(keep.members || (keep.database && options.persistentMembers === true))
      hints.restart()
    }
  }
}
