/** Finds everything that is wrong with the presences of `ctid.yml`, refused by the server or not. The rest of the file may be wrong. */
import { describeDefect } from "../presence/defect_text.ts"
import { analysePresenceGroup } from "../presence/presence_analysis.ts"
import type { DraftGroup, DraftPresence, PresenceDefect } from "../presence/presence_defect.ts"
import { asMapping, IDENTIFIER, identifier, readGroups } from "./declared.ts"
import { decoder, rawAt, refuse, type Source } from "./decode.ts"
import { didYouMean } from "./did_you_mean.ts"
import { FACTORY_GROUP, PresenceItem } from "./directory_sections.ts"
import { factoryPresenceGroup, factoryProfile } from "./factory.ts"
import {
  byPosition,
  type ConfigPath,
  describeFound,
  formatPath,
  type Position,
  type PositionOf,
  type Problem
} from "./problem.ts"

/** One thing to mend, and where. */
export interface PresenceFinding extends Position {
  /** `presence_groups.office.away.color` */
  readonly path: string
  /** `malformed`: no value of its kind. `unknown_group`: a profile names a group that is not there. */
  readonly rule: PresenceDefect["rule"] | "malformed" | "unknown_group"
  /** The group that is wrong, or is missing; null: none can be named. */
  readonly group: string | null
  /** The presences that it is about, the one that `path` names first. */
  readonly presences: ReadonlyArray<string>
  /** The server refuses the file for it; else it runs and does what was not meant. */
  readonly refused: boolean
  /** What is wrong, in words. */
  readonly message: string
}

export interface PresenceReport {
  /** The groups of the file as far as they can be read, and the factory's where somebody has it. */
  readonly groups: ReadonlyArray<DraftGroup>
  /** The first profile's group: everybody's who names no profile. */
  readonly usual: DraftGroup
  /** In the order of the file. */
  readonly findings: ReadonlyArray<PresenceFinding>
}

/** As `formatProblem` writes it. */
export const formatFinding = ({ file, line, column, path, message }: PresenceFinding): string =>
  `${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`

/** A refused value as a finding. */
export const malformed = ({ found, expected, ...place }: Problem): PresenceFinding => ({
  ...place,
  rule: "malformed",
  group: null,
  presences: [],
  refused: true,
  message: `found ${found}, expected ${expected}`
})

const decodePresence = decoder(PresenceItem)

const isColour = (value: unknown): value is string => typeof value === "string" && /^#[0-9A-Fa-f]{6}$/.test(value)

/** What can be understood of a presence that is refused. */
const salvaged = (name: string, value: unknown): DraftPresence => {
  const raw = asMapping(value) ?? {}
  return {
    name,
    // A text that is refused is not told a second time as missing.
    longName: raw.longname === undefined || raw.longname === null ? null : String(raw.longname) || name,
    color: isColour(raw.color) ? raw.color : null,
    allowed: Array.isArray(raw.allowed) ? raw.allowed.filter((other) => typeof other === "string") : null,
    actions: Object.entries(asMapping(raw.actions) ?? {}).map(([action, parameter]) => [action, String(parameter ?? "")])
  }
}

const readDraft = (source: Source, name: string, raw: Readonly<Record<string, unknown>>): DraftGroup => {
  if (!identifier.test(name)) refuse(source, ["presence_groups", name], IDENTIFIER, JSON.stringify(name))
  const presences = new Map<string, DraftPresence>()
  for (const [presence, value] of Object.entries(raw)) {
    const path = ["presence_groups", name, presence]
    if (!identifier.test(presence)) refuse(source, path, IDENTIFIER, JSON.stringify(presence))
    const item = decodePresence(source, path, value)
    presences.set(
      presence,
      item === undefined
        ? salvaged(presence, value)
        : {
            name: presence,
            longName: item.longname,
            color: item.color,
            allowed: item.allowed,
            actions: Object.entries(item.actions),
            automatic: item.automatic
          }
    )
  }
  return { name, presences }
}

/** Which presences a defect is about, and where it is mended. */
const placed = (defect: PresenceDefect): readonly [presences: ReadonlyArray<string>, path: ConfigPath] => {
  switch (defect.rule) {
    case "missing_presence":
      return [[defect.missing], []]
    case "unknown_presence":
    case "listed_twice":
      return [
        [defect.presence, defect.named],
        [defect.presence, "allowed", defect.at]
      ]
    case "unreachable":
      return [[...defect.presences, ...defect.after], defect.presences.slice(0, 1)]
    case "one_way_street":
      return [
        [...defect.presences, ...defect.before],
        [...defect.presences.slice(0, 1), "allowed"]
      ]
    case "automatic_twice":
      return [
        [defect.presence, defect.other],
        [defect.presence, "automatic"]
      ]
    case "automatic_disconnected":
    case "automatic_in_vain":
      return [[defect.presence], [defect.presence, "automatic"]]
    case "no_display_text":
      return [[defect.presence], [defect.presence, "longname"]]
    case "same_display_text":
      return [
        [defect.presence, defect.other],
        [defect.presence, "longname"]
      ]
    case "colours_alike":
      return [
        [defect.presence, defect.other],
        [defect.presence, "color"]
      ]
    case "unknown_action":
    case "action_without_effect":
    case "action_parameter":
      return [[defect.presence], [defect.presence, "actions", defect.action]]
    case "pause_and_unpause":
      return [[defect.presence], [defect.presence, "actions"]]
    case "left_on":
      return [defect.presences, [...defect.presences.slice(0, 1), "actions", defect.action]]
  }
}

/** Where a key is what is wrong, not what stands behind it. */
const isAboutKey = ({ rule }: PresenceDefect): boolean =>
  rule === "unreachable" || rule === "unknown_action" || rule === "action_without_effect"

const refusedRules: ReadonlySet<string> = new Set<PresenceDefect["rule"]>([
  "missing_presence",
  "unknown_presence",
  "automatic_twice",
  "automatic_disconnected"
])

/** The groups that profiles name, and where. */
const readNamings = (data: unknown): ReadonlyArray<{ readonly path: ConfigPath; readonly named: unknown }> => {
  const profiles = rawAt(data, ["profiles"]) ?? [factoryProfile]
  if (!Array.isArray(profiles)) return []
  return profiles.map((profile, index) => ({
    path: ["profiles", index, "presences"],
    named: asMapping(profile)?.presences ?? FACTORY_GROUP
  }))
}

/** Checks `presence_groups` and what `profiles` say of them. `position` says where a path was written. */
export const checkPresences = (data: unknown, position: PositionOf): PresenceReport => {
  const source: Source = { data, position, problems: [] }
  const root = asMapping(data ?? {})
  if (root === null) refuse(source, [], "a mapping of sections")
  const declared = readGroups(source, root ?? {}, "presence_groups").map(([name, raw]) => readDraft(source, name, raw))
  const namings = readNamings(data)
  const names = [...new Set([FACTORY_GROUP, ...declared.map(({ name }) => name)])]
  const overrides = declared.some(({ name }) => name === FACTORY_GROUP)
  const hasFactory = !overrides && (declared.length === 0 || namings.some(({ named }) => named === FACTORY_GROUP))
  const groups: ReadonlyArray<DraftGroup> = hasFactory ? [factoryPresenceGroup, ...declared] : declared

  const findings = [
    ...source.problems.map(malformed),
    ...groups.flatMap((group) =>
      analysePresenceGroup(group).map((defect): PresenceFinding => {
        const [presences, within] = placed(defect)
        const path = ["presence_groups", group.name, ...within]
        return {
          ...position(path, isAboutKey(defect) ? "key" : "value"),
          path: formatPath(path),
          rule: defect.rule,
          group: group.name,
          presences,
          refused: refusedRules.has(defect.rule),
          message: describeDefect(group, defect)
        }
      })
    ),
    ...namings.flatMap(({ path, named }): ReadonlyArray<PresenceFinding> => {
      const group = String(named)
      if (names.includes(group)) return []
      const message = `found ${describeFound(path, named)}, expected one of presence_groups: ${didYouMean(group, names)}`
      return [
        { ...position(path), path: formatPath(path), rule: "unknown_group", group, presences: [], refused: true, message }
      ]
    })
  ]
  const usual = groups.find(({ name }) => name === namings[0]?.named) ?? groups[0] ?? factoryPresenceGroup
  return { groups, usual, findings: findings.toSorted(byPosition) }
}
