/** Everybody's presence in Asterisk, for hints and lamps: written where it differs, and heard when it is set at a phone. */
import { fillTemplate } from "@ctid/core/config/template_conflicts"
import type { Line } from "@ctid/core/directory/directory"
import type { PhonePresence } from "@ctid/core/presence/phone_presence"
import type { TelephonyEvent } from "@ctid/core/telephony/telephony"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Semaphore from "effect/Semaphore"
import type { AmiActionError } from "./ami_action.ts"
import type { AmiMessage } from "./ami_message.ts"
import { type AmiActions, type DatabaseValue, readFamily } from "./asterisk_database.ts"
import {
  changed,
  dutyOf,
  found,
  isForeign,
  type LinePresence,
  lost,
  NOTHING,
  type PresenceDuty,
  telling,
  unknownPresence,
  want,
  writing,
  written
} from "./line_presence.ts"
import { cleared, formatPresence, parsePresence, presenceValue } from "./presence_text.ts"
import type { TelephonyTemplates } from "./telephony_settings.ts"

/** Lines that are written at the same time after a reading. */
const WRITES = 16

type Lamp = "BUSY" | "NOT_INUSE"

interface Light {
  readonly wanted: Lamp
  /** Null: not known. */
  readonly there: string | null
}

interface Entry {
  /** `CustomPresence:1001@default` */
  readonly provider: string
  /** The line that it is shown for, which tells whose it is. */
  lineId: number
  state: LinePresence
  /** Device -> what it is to say. */
  readonly lights: Map<string, Light>
  /** Nothing is to be shown any more: forgotten once that is written. */
  ends: boolean
  /** Writes of one line take turns. */
  readonly turn: Semaphore.Semaphore
  isWriting: boolean
  /** When something was last written or heard: a reading that began earlier is out of date. */
  touched: number
}

export interface LinePresencesOptions {
  readonly templates: TelephonyTemplates
  /** Logs once what Asterisk cannot do. */
  readonly complain: (error: AmiActionError) => Effect.Effect<void>
}

/** The key of a provider, or of a custom device, below its family: what stands after the colon. */
const keyOf = (name: string): string => name.slice(name.indexOf(":") + 1)

const PRESENCES = "CustomPresence"
const DEVICES = "CustomDevstate"

export class LinePresences {
  readonly #options: LinePresencesOptions
  /** By provider. Only lines whose owner's presence phones are to know. */
  readonly #entries = new Map<string, Entry>()
  #turn = 0
  #isReadable = true

  constructor(options: LinePresencesOptions) {
    this.#options = options
  }

  /** This is to be shown; null: nothing. Answers the provider, or null when there is nothing to do. */
  want(line: Line, shown: PhonePresence | null): string | null {
    const { templates } = this.#options
    const places = { exten: line.number, context: line.context }
    const provider = fillTemplate(templates.presence, places)
    const entry = this.#entries.get(provider) ?? (shown === null ? null : this.#enter(provider, line.id))
    if (entry === null) return null
    entry.ends = shown === null
    if (shown !== null) entry.lineId = line.id
    entry.state = want(entry.state, shown === null ? cleared : presenceValue(shown))
    const lamps = new Map<string, Lamp>([...entry.lights.keys()].map((device) => [device, "NOT_INUSE"]))
    for (const [presence, lit] of shown?.lamps ?? []) {
      lamps.set(fillTemplate(templates.presenceLamp, { ...places, presence }), lit ? "BUSY" : "NOT_INUSE")
    }
    for (const [device, wanted] of lamps) {
      entry.lights.set(device, { wanted, there: entry.lights.get(device)?.there ?? null })
    }
    return provider
  }

  /** False: the last reading failed, and another one will do no better soon. */
  get isReadable(): boolean {
    return this.#isReadable
  }

  dutyOf(provider: string): PresenceDuty {
    const entry = this.#entries.get(provider)
    if (entry === undefined) return "nothing"
    const duty = dutyOf(entry.state)
    return duty === "nothing" && isDark(entry) ? "write" : duty
  }

  /** A live `PresenceStateChange`. */
  changed(event: AmiMessage): void {
    const entry = this.#entries.get(event.get("Presentity") ?? "")
    if (entry === undefined) return
    const [state, subtype, message] = [event.get("Status") ?? "", event.get("Subtype") ?? "", event.get("Message") ?? ""]
    const value = { state, subtype, message }
    if (!isForeign(value)) return
    entry.touched = ++this.#turn
    entry.state = changed(entry.state, value)
  }

  /** What was set at phones and is not told yet, as events. */
  news(): ReadonlyArray<TelephonyEvent> {
    const entries = [...this.#entries.values()].filter(({ state }) => dutyOf(state) === "tell")
    for (const entry of entries) entry.state = telling(entry.state)
    return entries.flatMap(settingOf)
  }

  /** What was told and is not answered. */
  all(): ReadonlyArray<TelephonyEvent> {
    return [...this.#entries.values()].flatMap(settingOf)
  }

  /** Asks what is there. What Asterisk does not answer stays as it was known. */
  read(ami: AmiActions): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      if (this.#entries.size === 0) return
      const began = ++this.#turn
      const isCurrent = (entry: Entry): boolean => !entry.isWriting && entry.touched <= began
      const values = yield* this.#readFamily(ami, PRESENCES, [...this.#entries.keys()])
      for (const [provider, entry] of this.#entries) {
        const value = values.get(`${PRESENCES}/${keyOf(provider)}`)
        if (value === undefined || !isCurrent(entry)) continue
        entry.state = found(entry.state, value === null ? NOTHING : parsePresence(value))
      }
      this.#isReadable = values.size > 0
      const devices = [...this.#entries.values()].flatMap(({ lights }) => [...lights.keys()])
      if (devices.length === 0) return
      const states = yield* this.#readFamily(ami, DEVICES, devices)
      for (const entry of this.#entries.values()) {
        if (!isCurrent(entry)) continue
        for (const [device, { wanted }] of entry.lights) {
          const there = states.get(`${DEVICES}/${keyOf(device)}`)
          if (there !== undefined) entry.lights.set(device, { wanted, there })
        }
      }
    })
  }

  /** Writes what is to be shown for one provider, if it differs. */
  write(ami: AmiActions, provider: string): Effect.Effect<void, AmiActionError> {
    const entry = this.#entries.get(provider)
    if (entry === undefined) return Effect.void
    return entry.turn.withPermits(1)(
      Effect.gen({ self: this }, function* () {
        if (dutyOf(entry.state) === "write") yield* this.#writePresence(ami, entry)
        else entry.state = written(entry.state)
        yield* this.#writeLights(ami, entry)
        if (entry.ends && dutyOf(entry.state) === "nothing" && !isDark(entry)) this.#entries.delete(provider)
      })
    )
  }

  /** Writes all that differs. An Asterisk that refuses it is not asked for more. */
  writeAll(ami: AmiActions): Effect.Effect<void> {
    return Effect.forEach(
      [...this.#entries.keys()].filter((provider) => this.dutyOf(provider) === "write"),
      (provider) => this.write(ami, provider),
      { concurrency: WRITES, discard: true }
    ).pipe(Effect.catch(this.#options.complain))
  }

  /** The link is gone. */
  lost(): void {
    for (const entry of this.#entries.values()) {
      entry.state = lost(entry.state)
      for (const [device, { wanted }] of entry.lights) entry.lights.set(device, { wanted, there: null })
    }
  }

  #enter(provider: string, lineId: number): Entry {
    const entry: Entry = {
      provider,
      lineId,
      state: unknownPresence,
      lights: new Map(),
      ends: false,
      turn: Semaphore.makeUnsafe(1),
      isWriting: false,
      touched: 0
    }
    this.#entries.set(provider, entry)
    return entry
  }

  #writePresence(ami: AmiActions, entry: Entry): Effect.Effect<void, AmiActionError> {
    return Effect.suspend(() => {
      const { wanted } = entry.state
      if (wanted === null) return Effect.void
      entry.isWriting = true
      entry.touched = ++this.#turn
      entry.state = writing(entry.state)
      return ami
        .action("Setvar", [
          ["Variable", `PRESENCE_STATE(${entry.provider})`],
          ["Value", formatPresence(wanted)]
        ])
        .pipe(
          Effect.andThen(Effect.sync(() => (entry.state = written(entry.state)))),
          Effect.onError(() => Effect.sync(() => (entry.state = lost(entry.state)))),
          Effect.ensuring(
            Effect.sync(() => {
              entry.isWriting = false
              entry.touched = ++this.#turn
            })
          ),
          Effect.asVoid
        )
    })
  }

  /** Each as it is wanted when its turn comes. One that is wanted otherwise while it is on its way differs after that: it is written again. */
  #writeLights(ami: AmiActions, entry: Entry): Effect.Effect<void, AmiActionError> {
    return Effect.forEach(
      [...entry.lights.keys()],
      (device) =>
        Effect.suspend(() => {
          const light = entry.lights.get(device)
          if (light === undefined || light.wanted === light.there) return Effect.void
          const isThere = (there: Lamp | null): void => {
            entry.lights.set(device, { wanted: entry.lights.get(device)?.wanted ?? light.wanted, there })
          }
          isThere(null)
          return ami
            .action("Setvar", [
              ["Variable", `DEVICE_STATE(${device})`],
              ["Value", light.wanted]
            ])
            .pipe(Effect.onExit((exit) => Effect.sync(() => isThere(Exit.isSuccess(exit) ? light.wanted : null))))
        }),
      { discard: true }
    )
  }

  /** Empty: Asterisk does not say. Who may not ask writes without asking. */
  #readFamily(
    ami: AmiActions,
    family: string,
    names: ReadonlyArray<string>
  ): Effect.Effect<ReadonlyMap<string, DatabaseValue>> {
    return readFamily(
      ami,
      family,
      names.map((name) => `${family}/${keyOf(name)}`)
    ).pipe(
      Effect.catch((error) => {
        if (error.reason === "denied" || error.reason === "refused") this.#assumeNothing()
        return Effect.as(this.#options.complain(error), new Map<string, DatabaseValue>())
      })
    )
  }

  #assumeNothing(): void {
    for (const entry of this.#entries.values()) {
      if (entry.state.there === null && !entry.isWriting) entry.state = found(entry.state, NOTHING)
    }
  }
}

/** Some lamp of it is not known to say what it should. */
const isDark = ({ lights }: Entry): boolean => [...lights.values()].some(({ wanted, there }) => wanted !== there)

const settingOf = ({ lineId, state: { told } }: Entry): ReadonlyArray<TelephonyEvent> =>
  told === null ? [] : [{ _tag: "PresenceSet", lineId, state: told.state, presence: told.subtype }]
