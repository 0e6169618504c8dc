/**
 * What holds in a running office, tried by model: people sign in, choose, drop, phones ring, agents pause, a reload changes everything.
 *
 * @example
 * ```ts
 * import { officeLaws } from "@ctid/testing"
 *
 * for (const law of officeLaws()) await law.check({ runs: 10 })
 * ```
 */
import fc from "fast-check"
import { type Law, makeLaw } from "../laws/law.ts"
import { withMemoryOffice } from "./memory_office.ts"
import type { Office } from "./office.ts"
import { offices } from "./office_arbitraries.ts"
import { describeOffice, officeCommands } from "./office_commands.ts"
import { officeLaw } from "./office_law_names.ts"
import { OfficeModel } from "./office_model.ts"
import type { OfficeSystem } from "./office_system.ts"
import { withPureOffice } from "./pure_office.ts"

/** Opens an office of one kind, hands it over, and closes it. */
export type WithOffice = (office: Office, use: (system: OfficeSystem) => Promise<void>) => Promise<void>

/** Happenings one after another, told as far as they happened. */
class OfficeStory {
  readonly office: Office
  readonly happenings: Iterable<fc.AsyncCommand<OfficeModel, OfficeSystem>>

  constructor(office: Office, happenings: Iterable<fc.AsyncCommand<OfficeModel, OfficeSystem>>) {
    this.office = office
    this.happenings = happenings
  }

  toString(): string {
    const lines: Array<string> = []
    let last = ""
    for (const happening of this.happenings) {
      const text = String(happening)
      if (text === "") continue
      const [who = "", what = ""] = [text.slice(0, text.indexOf(": ")), text.slice(text.indexOf(": ") + 2)]
      if (who === last) lines.push(`${lines.pop()}; ${what}`)
      else lines.push(`${who}: ${what}`)
      last = who
    }
    return [`an office: ${describeOffice(this.office)}`, ...lines].join("\n")
  }

  [fc.toStringMethod](): string {
    return this.toString()
  }
}

/** How much happens in one case. */
export interface OfficeSize {
  /** Happenings, at most. Default 12. */
  readonly happenings?: number
  /** Sessions at a time, at most. Default 6. */
  readonly sessions?: number
  /** Also a PBX that is away, refuses or hangs. Default true. */
  readonly moods?: boolean
  /** Whether a connection stays, and hears, after a logout. Default true; clients of `@ctid/client` leave. */
  readonly stays?: boolean
}

/** The laws, tried on one kind of office: in one law, whose breaches name which. */
export const officeLawsOn = (where: string, withOffice: WithOffice, size: OfficeSize = {}): Law => {
  const { happenings: most = 12, moods = true, sessions = 6, stays = true } = size
  const stories = fc
    .record({
      office: offices(),
      happenings: fc.commands(officeCommands({ reloads: offices(), moods, stays }), { maxCommands: most, size: "max" })
    })
    .map(({ office, happenings }) => new OfficeStory(office, happenings))
  return makeLaw(
    `${where}: all that is told is what the specification says`,
    stories,
    ({ happenings, office }) =>
      withOffice(office, (system) =>
        fc.asyncModelRun(() => ({ model: new OfficeModel(office, sessions), real: system }), happenings)
      ),
    Object.values(officeLaw)
  )
}

/** On the pure machines, and on a whole server in memory under a clock of its own. */
export const officeLaws = (): ReadonlyArray<Law> => [
  officeLawsOn("the pure machines", withPureOffice, { moods: false }),
  officeLawsOn("a server in memory", withMemoryOffice)
]
