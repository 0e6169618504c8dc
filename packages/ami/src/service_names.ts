/** Where in Asterisk the services of a line are: keys of AstDB, and devices whose state shows them. */
import { fillTemplate } from "@ctid/core/config/template_conflicts"
import { type DirectorySnapshot, deviceKey, type Line } from "@ctid/core/directory/directory"
import type { ForwardKind } from "@ctid/core/telephony/telephony"
import type { TelephonyTemplates } from "./telephony_settings.ts"

export type Service = "doNotDisturb" | ForwardKind

export const SERVICES: ReadonlyArray<Service> = ["doNotDisturb", "unconditional", "busy", "noAnswer"]
const FORWARDS: ReadonlyArray<Service> = ["unconditional", "busy", "noAnswer"]

/** A key of AstDB: `DND/1001` is the key `1001` of the family `DND`. */
export interface DatabaseKey {
  readonly family: string
  readonly key: string
}

const databaseKey = (path: string): DatabaseKey => {
  const slash = path.indexOf("/")
  return slash < 0 ? { family: path, key: "" } : { family: path.slice(0, slash), key: path.slice(slash + 1) }
}

const placesOf = (line: Line): Readonly<Record<string, string>> => ({ exten: line.number, context: line.context })

const templateOf = (templates: TelephonyTemplates, service: Service): string => {
  switch (service) {
    case "doNotDisturb":
      return templates.doNotDisturb
    case "unconditional":
      return templates.forwardUnconditional
    case "busy":
      return templates.forwardBusy
    case "noAnswer":
      return templates.forwardNoAnswer
  }
}

export const keyOf = (templates: TelephonyTemplates, line: Line, service: Service): DatabaseKey =>
  databaseKey(fillTemplate(templateOf(templates, service), placesOf(line)))

/** The device that shows a service, null for those that have none. */
export const deviceOf = (templates: TelephonyTemplates, line: Line, service: Service): string | null => {
  if (service === "doNotDisturb") return fillTemplate(templates.doNotDisturbDevice, placesOf(line))
  return service === "unconditional" ? fillTemplate(templates.forwardDevice, placesOf(line)) : null
}

/** Where a key, or a device, belongs. */
export interface ServicePlace {
  readonly line: Line
  readonly service: Service
}

/** All the names of one snapshot of the directory. */
export interface ServiceIndex {
  /** `family/key` -> whose it is. */
  readonly byKey: ReadonlyMap<string, ServicePlace>
  readonly families: ReadonlySet<string>
  /** A device whose state changed -> what to read of which line. */
  readonly byDevice: ReadonlyMap<string, { readonly line: Line; readonly services: ReadonlyArray<Service> }>
}

export const pathOf = ({ family, key }: DatabaseKey): string => `${family}/${key}`

export const serviceIndex = (directory: DirectorySnapshot, templates: TelephonyTemplates): ServiceIndex => {
  const byKey = new Map<string, ServicePlace>()
  const families = new Set<string>()
  const byDevice = new Map<string, { readonly line: Line; readonly services: ReadonlyArray<Service> }>()
  for (const line of directory.data.lines) {
    for (const service of SERVICES) {
      const key = keyOf(templates, line, service)
      byKey.set(pathOf(key), { line, service })
      families.add(key.family)
    }
    byDevice.set(deviceKey(deviceOf(templates, line, "unconditional") ?? ""), { line, services: FORWARDS })
    byDevice.set(deviceKey(deviceOf(templates, line, "doNotDisturb") ?? ""), { line, services: ["doNotDisturb"] })
  }
  return { byKey, families, byDevice }
}
