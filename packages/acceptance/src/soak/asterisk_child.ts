/**
 * The process with the simulated Asterisk of a soak. A new one is an Asterisk that has lost everything: its database is empty, nobody is in
 * a queue but the static members.
 */
import { NodeListener } from "@ctid/platform-node/node_listener"
import { serveBytes } from "@ctid/platform-node/serve_bytes"
import { SimulatedAsterisk } from "@ctid/simulator"
import * as Effect from "effect/Effect"
import { obeyOrders } from "../binary/worker.ts"
import { Seeded } from "../seeded.ts"
import { AsteriskLife } from "./asterisk_life.ts"
import { companyName, deviceOf, extensionOf, mailboxOf, peopleOf, queueName, type SoakUser, type Stage } from "./population.ts"
import { AMI_ACCOUNT } from "./soak_config.ts"

export type AsteriskOrder =
  /** Port 0: any free one. */
  | { readonly _tag: "Start"; readonly companies: number; readonly seed: string; readonly port: number }
  /** So many things happen in a second; 0: calls end, and nothing happens any more. */
  | { readonly _tag: "Live"; readonly perSecond: number }
  /** The states of the lines' extensions, by the ids of the lines. */
  | { readonly _tag: "States"; readonly stage: Stage }

export interface AsteriskAnswer {
  readonly port: number
  readonly steps: number
  readonly states: Readonly<Record<string, number>>
}

/** Milliseconds between two looks whether something is due. */
const TICK = 20

interface Running {
  readonly asterisk: SimulatedAsterisk
  readonly people: ReadonlyArray<SoakUser>
  readonly life: AsteriskLife
  readonly port: number
}

let running: Running | null = null
let ticking: NodeJS.Timeout | null = null

const STAGES: ReadonlyArray<Stage> = ["before", "after"]

const start = async ({ companies, seed, port }: Extract<AsteriskOrder, { readonly _tag: "Start" }>): Promise<Running> => {
  const people = peopleOf(companies)
  const hints = new Map(
    people.flatMap((user) =>
      STAGES.map((stage) => {
        const place = { exten: extensionOf(user, stage), context: companyName(user.companies[stage]) }
        return [`${place.exten}@${place.context}`, { ...place, hint: deviceOf(user) }] as const
      })
    )
  )
  const asterisk = await Effect.runPromise(
    SimulatedAsterisk.make({
      phones: people.map((user) => ({
        device: deviceOf(user),
        number: extensionOf(user, "before"),
        context: companyName(user.company)
      })),
      hints: [...hints.values()],
      queues: Array.from({ length: companies }, (_, index) => ({ name: queueName(index + 1) })),
      mailboxes: people
        .filter((user) => user.voicemail)
        .map((user) => ({ mailbox: mailboxOf(user), context: companyName(user.company) })),
      users: [{ ...AMI_ACCOUNT, read: "all", write: "all" }],
      recorded: 0
    })
  )
  const endpoint = await new Promise<{ readonly port: number }>((resolve, reject) => {
    const serving = serveBytes(asterisk.connect, { port }).pipe(
      Effect.tap((place) => Effect.sync(() => resolve(place))),
      Effect.andThen(Effect.never),
      Effect.scoped,
      Effect.provide(NodeListener.layer)
    )
    Effect.runPromise(serving).catch(reject)
  })
  return { asterisk, people, life: new AsteriskLife(asterisk, people, new Seeded(seed)), port: endpoint.port }
}

const live = ({ life }: Running, perSecond: number): void => {
  if (ticking !== null) clearInterval(ticking)
  ticking = null
  if (perSecond === 0) return life.rest()
  let last = performance.now()
  let due = 0
  ticking = setInterval(() => {
    const now = performance.now()
    // after a long pause it does not catch up all at once
    due = Math.min(due + ((now - last) / 1000) * perSecond, perSecond / 5)
    last = now
    for (; due >= 1; due--) life.step()
  }, TICK)
}

const statesOf = ({ asterisk, people }: Running, stage: Stage): Readonly<Record<string, number>> =>
  Object.fromEntries(
    people
      .filter((user) => user.in.includes(stage))
      .map((user) => [user.id, asterisk.extensionStatus(extensionOf(user, stage), companyName(user.companies[stage]))])
  )

obeyOrders<AsteriskOrder, AsteriskAnswer>(async (order) => {
  if (order._tag === "Start") running = await start(order)
  if (running === null) throw new Error("not started")
  if (order._tag === "Live") live(running, order.perSecond)
  return {
    port: running.port,
    steps: running.life.steps,
    states: order._tag === "States" ? statesOf(running, order.stage) : {}
  }
})
