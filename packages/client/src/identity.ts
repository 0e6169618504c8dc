/** Who this client is, and what it may show: the answer to a successful login (reference 2.7). */
import type { HintDisplay } from "@ctid/core/directory/directory"
import type { Presence } from "@ctid/core/presence/presence_group"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { WireId, WireText } from "./wire_value.ts"

export interface Identity {
  readonly userId: string
  /** Always `xivo`. */
  readonly ipbxId: string
  /** Name of the profile. */
  readonly applicationName: string
  /** Presences of the user's group, by name. */
  readonly presences: ReadonlyMap<string, Presence>
  /** How to show an extension state, by its number. */
  readonly hints: ReadonlyMap<number, HintDisplay>
  /** `enablednd`, `fwdunc`... */
  readonly services: ReadonlyArray<string>
  /** Client options, with `.` in their names (reference 13.6). */
  readonly preferences: Readonly<Record<string, unknown>>
  /** Screens: name, layout, and their options. */
  readonly xlets: ReadonlyArray<ReadonlyArray<string>>
}

const optional = Schema.optionalKey

const WireIdentity = Schema.Struct({
  userid: WireId,
  ipbxid: optional(WireId),
  appliname: optional(WireText),
  capaxlets: optional(Schema.Unknown),
  capas: optional(Schema.Unknown)
})
const decodeIdentity = Schema.decodeUnknownResult(WireIdentity)
const decodeHint = Schema.decodeUnknownResult(Schema.Struct({ longname: optional(WireText), color: optional(WireText) }))
const decodePresence = Schema.decodeUnknownResult(
  Schema.Struct({
    longname: optional(WireText),
    color: optional(WireText),
    allowed: optional(Schema.NullOr(Schema.Array(WireText))),
    actions: optional(Schema.NullOr(Schema.Record(Schema.String, WireText)))
  })
)
const decodeTexts = Schema.decodeUnknownResult(Schema.Array(WireText))

type WireObject = Readonly<Record<string, unknown>>

/** The original writes `false`, `[""]` or nothing where there is no object. */
const objectOr = (value: unknown): WireObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as WireObject) : {} // any object may be read by name

const presencesIn = (value: unknown): ReadonlyMap<string, Presence> => {
  const presences = new Map<string, Presence>()
  for (const [name, definition] of Object.entries(objectOr(value))) {
    const read = decodePresence(definition)
    if (Result.isFailure(read)) continue
    const { longname, color, allowed, actions } = read.success
    presences.set(name, {
      name,
      longName: longname ?? name,
      color: color ?? "",
      allowed: allowed ?? null,
      actions: Object.entries(actions ?? {})
    })
  }
  return presences
}

const hintsIn = (value: unknown): ReadonlyMap<number, HintDisplay> => {
  const hints = new Map<number, HintDisplay>()
  for (const [state, display] of Object.entries(objectOr(value))) {
    const read = decodeHint(display)
    if (Result.isFailure(read) || !/^-?\d{1,4}$/.test(state)) continue
    hints.set(Number(state), { longName: read.success.longname ?? state, color: read.success.color ?? "" })
  }
  return hints
}

const textsIn = (value: unknown): ReadonlyArray<string> => {
  const read = decodeTexts(value)
  return Result.isFailure(read) ? [] : read.success.filter((text) => text !== "")
}

/** Reads a `login_capas` reply. What is missing is empty; null: it does not even say who the user is. */
export const readIdentity = (wire: unknown): Identity | null => {
  const read = decodeIdentity(wire)
  if (Result.isFailure(read)) return null
  const capas = objectOr(read.success.capas)
  return {
    userId: read.success.userid,
    ipbxId: read.success.ipbxid ?? "xivo",
    applicationName: read.success.appliname ?? "",
    presences: presencesIn(capas.userstatus),
    hints: hintsIn(capas.phonestatus),
    services: textsIn(capas.services),
    preferences: objectOr(capas.preferences),
    xlets: Array.isArray(read.success.capaxlets) ? read.success.capaxlets.map(textsIn) : []
  }
}
