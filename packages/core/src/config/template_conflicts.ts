/** Two lines, or two services of a line, that would share a key of Asterisk's database. */
import type { Line } from "../directory/directory.ts"

/** Where Asterisk keeps the services of a line; `{exten}` and `{context}` are filled in. */
export interface ServiceTemplates {
  readonly doNotDisturb: string
  readonly forwardUnconditional: string
  readonly forwardBusy: string
  readonly forwardNoAnswer: string
  /** The device whose state says do not disturb. */
  readonly doNotDisturbDevice: string
  /** The device whose state says that there is an unconditional forward. */
  readonly forwardDevice: string
  /** The presence provider that shows the owner's presence. */
  readonly presence: string
  /** The device whose state says that he has a certain presence: `{presence}` is filled in as well. */
  readonly presenceLamp: string
}

export interface TemplateConflict<A> {
  /** The later of the two lines. */
  readonly line: A
  /** The other one; the same line when two of its own services share a key. */
  readonly other: A
  readonly template: keyof ServiceTemplates
  /** What both make of it. */
  readonly key: string
}

/** Puts values into the places of a template. A place without a value stays as it is. */
export const fillTemplate = (template: string, values: Readonly<Record<string, string>>): string =>
  template.replaceAll(/\{([a-z_]+)\}/g, (place, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? place) : place
  )

const names: ReadonlyArray<keyof ServiceTemplates> = [
  "doNotDisturb",
  "forwardUnconditional",
  "forwardBusy",
  "forwardNoAnswer",
  "doNotDisturbDevice",
  "forwardDevice",
  "presence",
  "presenceLamp"
]

const devices: ReadonlySet<keyof ServiceTemplates> = new Set([
  "doNotDisturbDevice",
  "forwardDevice",
  "presence",
  "presenceLamp"
])

/**
 * The conflicts, at most one per line: an extension that two contexts share needs `{context}` in each template, or setting do not
 * disturb in one company would set it in the other.
 */
export const templateConflicts = <A extends Pick<Line, "number" | "context">>(
  lines: ReadonlyArray<A>,
  templates: ServiceTemplates
): ReadonlyArray<TemplateConflict<A>> => {
  const conflicts: Array<TemplateConflict<A>> = []
  const owners = new Map<string, { readonly line: A; readonly template: keyof ServiceTemplates }>()
  for (const line of lines) {
    let conflict: TemplateConflict<A> | null = null
    for (const template of names) {
      const key = fillTemplate(templates[template], { exten: line.number, context: line.context })
      // A device is no database key: the two never meet.
      const place = devices.has(template) ? `device ${key}` : `key ${key}`
      const owner = owners.get(place)
      if (owner === undefined) owners.set(place, { line, template })
      else if (owner.line === line || !sameExtension(owner.line, line)) conflict ??= { line, other: owner.line, template, key }
    }
    if (conflict !== null) conflicts.push(conflict)
  }
  return conflicts
}

/** The same extension twice is another mistake, told elsewhere. */
const sameExtension = (a: Pick<Line, "number" | "context">, b: Pick<Line, "number" | "context">): boolean =>
  a.number === b.number && a.context === b.context
