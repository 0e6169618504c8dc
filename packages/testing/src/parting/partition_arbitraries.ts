/**
 * Partitions, as fast-check makes them: companies on one PBX, with people, phones, agents, queues and their members, voicemails; some
 * without a line, some with lines of two contexts or lines that nobody declares.
 *
 * @example
 * ```ts
 * import { partingLaws, partitions } from "@ctid/testing"
 *
 * for (const law of partingLaws(partitions())) await law.check({ runs: 50 })
 * ```
 */
import fc from "fast-check"
import { CONTEXTS, officeDirectory } from "../office/office.ts"
import { offices } from "../office/office_arbitraries.ts"
import type { Partition } from "./specification.ts"

const contexts = fc.array(fc.constantFrom(...CONTEXTS), { maxLength: 3 })

export const partitions = (): fc.Arbitrary<Partition> =>
  fc.record({ office: offices({ people: 5 }), boxes: contexts, guests: contexts }).map(({ office, boxes, guests }) => {
    const directory = officeDirectory(office)
    return {
      separation: office.separation,
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
