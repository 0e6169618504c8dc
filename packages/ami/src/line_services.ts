/** Do not disturb and forwards of lines, kept in AstDB: written, read, and never mistaken for one another's echo. */
import type { DirectorySnapshot, Line } from "@ctid/core/directory/directory"
import { type Forward, type LineServices, reduceDestination, type TelephonyEvent } from "@ctid/core/telephony/telephony"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { AmiActionError } from "./ami_action.ts"
import { type AmiActions, type DatabaseValue, readFamily, readKey } from "./asterisk_database.ts"
import { deviceOf, keyOf, pathOf, SERVICES, type Service, type ServiceIndex, serviceIndex } from "./service_names.ts"
import type { TelephonyTemplates } from "./telephony_settings.ts"

const forwardOf = (value: DatabaseValue): Forward => ({ enabled: value !== null && value !== "", destination: value ?? "" })

export interface LineServicesOptions {
  readonly directory: () => DirectorySnapshot
  readonly templates: TelephonyTemplates
  /** Logs once what Asterisk cannot do. */
  readonly complain: (error: AmiActionError) => Effect.Effect<void>
}

export class LineServicesKeeper {
  readonly #options: LineServicesOptions
  /** Path of the key -> value in AstDB, as far as it is known. */
  readonly #known = new Map<string, DatabaseValue>()
  /** Path -> turn of the last write or reading of it: a reading that began earlier is out of date. */
  readonly #touched = new Map<string, number>()
  readonly #writing = new Map<string, number>()
  #turn = 0
  /** Reads and writes of one line take turns. */
  readonly #lines = new Map<number, Semaphore.Semaphore>()
  readonly #everything = Semaphore.makeUnsafe(1)
  #index: { readonly directory: DirectorySnapshot; readonly names: ServiceIndex } | null = null

  constructor(options: LineServicesOptions) {
    this.#options = options
  }

  get names(): ServiceIndex {
    const directory = this.#options.directory()
    if (this.#index?.directory !== directory) {
      this.#index = { directory, names: serviceIndex(directory, this.#options.templates) }
    }
    return this.#index.names
  }

  setDoNotDisturb(ami: AmiActions, line: Line, on: boolean): Effect.Effect<void, AmiActionError> {
    return this.#set(ami, line, "doNotDisturb", on ? this.#options.templates.doNotDisturbValue : null)
  }

  /** The destination is reduced here too: nothing unchecked reaches a header. */
  setForward(ami: AmiActions, line: Line, kind: Exclude<Service, "doNotDisturb">, forward: Forward) {
    const destination = forward.enabled ? reduceDestination(forward.destination) : ""
    return this.#set(ami, line, kind, destination === "" ? null : destination)
  }

  /** Reads services of one line anew; answers what changed. */
  readLine(
    ami: AmiActions,
    line: Line,
    services: ReadonlyArray<Service>
  ): Effect.Effect<ReadonlyArray<TelephonyEvent>, AmiActionError> {
    return this.#inTurn(
      line,
      Effect.gen({ self: this }, function* () {
        const changed: Array<Service> = []
        for (const service of services) {
          const key = keyOf(this.#options.templates, line, service)
          const value = yield* readKey(ami, key.family, key.key)
          this.#touched.set(pathOf(key), ++this.#turn)
          if (this.#note(pathOf(key), value)) changed.push(service)
        }
        return this.#events(line, changed)
      })
    )
  }

  /** Reads the services of all lines; answers what changed, or everything. What Asterisk refuses stays as it was known. */
  readAll(ami: AmiActions, what: "changes" | "everything"): Effect.Effect<ReadonlyArray<TelephonyEvent>> {
    return this.#everything.withPermits(1)(
      Effect.gen({ self: this }, function* () {
        const names = this.names
        const changed = new Map<number, Array<Service>>()
        const byFamily = new Map<string, Array<string>>()
        for (const path of names.byKey.keys()) {
          const family = path.slice(0, path.indexOf("/"))
          const paths = byFamily.get(family)
          if (paths === undefined) byFamily.set(family, [path])
          else paths.push(path)
        }
        for (const [family, paths] of byFamily) {
          const began = ++this.#turn
          const values = yield* readFamily(ami, family, paths).pipe(
            Effect.catch((error) => Effect.as(this.#options.complain(error), null))
          )
          if (values === null) continue
          for (const path of paths) {
            const place = names.byKey.get(path)
            if (place === undefined || this.#writing.has(path) || (this.#touched.get(path) ?? 0) > began) continue
            const value = values.get(path)
            if (value === undefined || !this.#note(path, value)) continue
            const services = changed.get(place.line.id)
            if (services === undefined) changed.set(place.line.id, [place.service])
            else services.push(place.service)
          }
        }
        if (what === "everything") return this.all()
        return this.#options.directory().data.lines.flatMap((line) => this.#events(line, changed.get(line.id) ?? []))
      })
    )
  }

  /** Everything that is known, as events. */
  all(): ReadonlyArray<TelephonyEvent> {
    return this.#options.directory().data.lines.flatMap((line) => this.#events(line, SERVICES))
  }

  #set(ami: AmiActions, line: Line, service: Service, value: DatabaseValue): Effect.Effect<void, AmiActionError> {
    const key = keyOf(this.#options.templates, line, service)
    const path = pathOf(key)
    const device = deviceOf(this.#options.templates, line, service)
    const write =
      value === null
        ? ami
            .action("DBDel", [
              ["Family", key.family],
              ["Key", key.key]
            ])
            .pipe(
              // it was not there: as wanted
              Effect.catch((error) => (error.reason === "refused" ? Effect.void : Effect.fail(error)))
            )
        : ami.action("DBPut", [
            ["Family", key.family],
            ["Key", key.key],
            ["Val", value]
          ])
    // the lamp is for phones; a service without its lamp is still on
    const light =
      device === null
        ? Effect.void
        : ami
            .action("Setvar", [
              ["Variable", `DEVICE_STATE(${device})`],
              ["Value", value === null ? "NOT_INUSE" : "BUSY"]
            ])
            .pipe(Effect.catch((error) => (isBroken(error) ? Effect.fail(error) : this.#options.complain(error))))
    return this.#inTurn(
      line,
      Effect.suspend(() => {
        this.#writing.set(path, (this.#writing.get(path) ?? 0) + 1)
        return write.pipe(
          Effect.tap(() => Effect.sync(() => this.#known.set(path, value))),
          Effect.andThen(light),
          // whether it was written is not known: whatever is read next is news
          Effect.tapError((error) => Effect.sync(() => isBroken(error) && this.#known.delete(path))),
          Effect.ensuring(
            Effect.sync(() => {
              this.#touched.set(path, ++this.#turn)
              const writers = (this.#writing.get(path) ?? 1) - 1
              if (writers === 0) this.#writing.delete(path)
              else this.#writing.set(path, writers)
            })
          )
        )
      })
    )
  }

  #inTurn<A, E>(line: Line, effect: Effect.Effect<A, E>): Effect.Effect<A, E> {
    let turn = this.#lines.get(line.id)
    if (turn === undefined) {
      turn = Semaphore.makeUnsafe(1)
      this.#lines.set(line.id, turn)
    }
    return turn.withPermits(1)(effect)
  }

  /** True when this is news. */
  #note(path: string, value: DatabaseValue): boolean {
    if (this.#known.get(path) === value) return false
    this.#known.set(path, value)
    return true
  }

  #events(line: Line, services: ReadonlyArray<Service>): ReadonlyArray<TelephonyEvent> {
    const found: { -readonly [K in keyof LineServices]: LineServices[K] } = {}
    for (const service of services) {
      const value = this.#known.get(pathOf(keyOf(this.#options.templates, line, service)))
      if (value === undefined) continue
      if (service === "doNotDisturb") found.doNotDisturb = this.#isOn(value)
      else found[service] = forwardOf(value)
    }
    return Object.keys(found).length === 0 ? [] : [{ _tag: "LineServicesChanged", lineId: line.id, services: found }]
  }

  #isOn(value: DatabaseValue): boolean {
    return value !== null && value.toLowerCase() === this.#options.templates.doNotDisturbValue.toLowerCase()
  }
}

/** The link broke, or nobody knows. */
const isBroken = (error: AmiActionError): boolean =>
  error.reason === "timeout" || error.reason === "lost" || error.reason === "unavailable"
