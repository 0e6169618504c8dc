/**
 * Partitions, as fast-check makes them: companies on one PBX, with people, phones, agents, queues and their members, voicemails; in most
 * of them somebody without a line, in some people with lines of two contexts or lines that nobody declares.
 *
 * @example
 * ```ts
 * import { partingLaws, partitions } from "@ctid/testing"
 *
 * for (const law of partingLaws(partitions())) await law.check({ runs: 50 })
 * ```
 */
import fc from "fast-check"
import { CONTEXTS, officeDirectory, PEOPLE, type Person } from "../office/office.ts"
import { persons } from "../office/office_arbitraries.ts"
import { presenceGroup } from "../presence/presence_group.ts"
import type { Partition } from "./specification.ts"

const contexts = fc.array(fc.constantFrom(...CONTEXTS), { maxLength: 3 })

/** Presence is another matter. */
const group = presenceGroup("group", { available: {}, disconnected: {} })

/** Two to five people, one of whom has no line in most cases: none at all, or one that nobody declares. */
const people: fc.Arbitrary<ReadonlyArray<Person>> = fc
  .record({
    names: fc.subarray(PEOPLE.slice(0, 5), { minLength: 2 }),
    nth: fc.nat(4),
    lines: fc.option(fc.constantFrom<Person["lines"]>([], [null]), { freq: 5 })
  })
  .chain(({ lines, names, nth }) =>
    fc.tuple(
      ...names.map((name, at) => {
        const person = persons(name, 1)
        return lines === null || at !== nth % names.length ? person : person.map((one) => ({ ...one, lines }))
      })
    )
  )

export const partitions = (): fc.Arbitrary<Partition> =>
  fc
    .record({ people, separation: fc.boolean(), boxes: contexts, guests: contexts })
    .map(({ boxes, guests, separation, ...rest }) => {
      const directory = officeDirectory({
        ...rest,
        separation,
        groups: [group],
        rules: { reachability: "enforced", disconnectOn: "last" }
      })
      return {
        separation,
        directory: {
          ...directory,
          voicemails: boxes.map((context, at) => ({ id: 400 + at, mailbox: String(4000 + at), context })),
          queues: directory.queues.map((queue) => ({
            ...queue,
            staticMembers: guests.flatMap((context, at) =>
              context === queue.context ? [{ member: `PJSIP/guest${at}`, penalty: 0 }] : []
            )
          }))
        }
      }
    })
