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
import { arrivals, describeGroups, describeOffice, officeCommands } from "./office_commands.ts"
import { officeLaw } from "./office_law_names.ts"
import { OfficeModel } from "./office_model.ts"
import type { OfficeSystem } from "./office_system.ts"
import { withPureOffice } from "./pure_office.ts"

/** Opens an office of one kind, hands it over, and closes it. */
export type WithOffice = (office: Office, use: (system: OfficeSystem) => Promise<void>) => Promise<void>

type Happenings = Iterable<fc.AsyncCommand<OfficeModel, OfficeSystem>>

/** Happenings one after another, told as far as they happened. */
class OfficeStory {
  readonly office: Office
  /** People sign in; then anything happens. */
  readonly parts: readonly [arrivals: Happenings, happenings: Happenings]

  constructor(office: Office, parts: OfficeStory["parts"]) {
    this.office = office
    this.parts = parts
  }

  toString(): string {
    const lines: Array<string> = []
    let last = ""
    for (const happening of this.parts.flatMap((part) => [...part])) {
      const text = String(happening)
      if (text === "") continue
      const [who = "", what = ""] = [text.slice(0, text.indexOf(": ")), text.slice(text.indexOf(": ") + 2)]
      if (who === last) lines.push(`${lines.pop()}; ${what}`)
      else lines.push(`${who}: ${what}`)
      last = who
    }
    return [`an office: ${describeOffice(this.office)}`, ...describeGroups(this.office), ...lines].join("\n")
  }

  [fc.toStringMethod](): string {
    return this.toString()
  }
}

/** How much happens in one case. */
export interface OfficeSize {
  /** Happenings after one to three people have signed in, at most. Default 10. */
  readonly happenings?: number
  /** In one case of 100 so many sign in first, or half of them. Default 12. */
  readonly crowd?: number
  /** Whether calls change presences, and with `time` doing nothing. Default true. */
  readonly calls?: boolean
  /** Also a PBX that is away, refuses or hangs. Default true. */
  readonly moods?: boolean
  /** Whether a connection stays, and hears, after a logout. Default true; clients of `@ctid/client` leave. */
  readonly stays?: boolean
  /** Also presences with an end, and time that passes. Default true. */
  readonly time?: boolean
  /** The laws that it can break. Default: all. */
  readonly sentences?: ReadonlyArray<string>
}

/** The laws, tried on one kind of office: in one law, whose breaches name which. */
export const officeLawsOn = (where: string, withOffice: WithOffice, size: OfficeSize = {}): Law => {
  const {
    calls = true,
    crowd = 12,
    happenings: most = 10,
    moods = true,
    sentences = Object.values(officeLaw),
    stays = true,
    time = true
  } = size
  const someOffice = offices({ calls, idle: calls && time, profiles: "most" })
  const stories = fc
    .tuple(
      someOffice,
      fc.oneof(
        { weight: 99, arbitrary: fc.array(arrivals, { minLength: 1, maxLength: 3 }) },
        { weight: 1, arbitrary: fc.array(arrivals, { minLength: crowd / 2, maxLength: crowd, size: "max" }) }
      ),
      fc.commands(officeCommands({ reloads: someOffice, moods, stays, time }), { maxCommands: most, size: "max" })
    )
    .map(([office, ...parts]) => new OfficeStory(office, parts))
  return makeLaw(
    `${where}: all that is told is what the specification says`,
    stories,
    ({ office, parts }) =>
      withOffice(office, async (system) => {
        const model = new OfficeModel(office)
        for (const part of parts) await fc.asyncModelRun(() => ({ model, real: system }), part)
      }),
    sentences
  )
}

/** They know no PBX, nor who talks, and tell nothing of notes. */
const pureLaws = [officeLaw.view, officeLaw.silence, officeLaw.refusal, officeLaw.replay, officeLaw.phones]

/** On the pure machines, and on a whole server in memory under a clock of its own. */
export const officeLaws = (): ReadonlyArray<Law> => [
  officeLawsOn("the pure machines", withPureOffice, { calls: false, moods: false, sentences: pureLaws }),
  officeLawsOn("a server in memory", withMemoryOffice)
]
