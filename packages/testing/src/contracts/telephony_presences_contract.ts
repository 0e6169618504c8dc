/** The Telephony contract on presences that phones show, and that are set at phones. */
import type { PhonePresence } from "@ctid/core/presence/phone_presence"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import { eventually, expectEqual, until } from "./contract.ts"
import { type TelephonyCase, telephonyCase, up } from "./telephony_case.ts"
import { telephonyLines } from "./telephony_world.ts"

const { alice, carol } = telephonyLines

const shown = (presence: string, state: PhonePresence["state"], message = presence): PhonePresence => ({
  state,
  presence,
  message,
  lamps: new Map([["lunch", presence === "lunch"]])
})
const available = shown("available", "available")
const lunch = shown("lunch", "away", 'At lunch, back at 14 – "sharp"')

/** What AstDB holds, in base64: `<state>,ctid:<presence>`. */
const isThere = ({ control }: TelephonyCase, { state, presence }: PhonePresence): Effect.Effect<void, unknown> =>
  Effect.asVoid(
    eventually(
      `${presence} is there`,
      control.astDb("CustomPresence", "1001@tenant-a"),
      (value) => value?.startsWith(`${state},${Base64.encode(`ctid:${presence}`)},`) === true
    )
  )

const settings = ({ seen }: TelephonyCase): ReadonlyArray<string> =>
  seen.of("PresenceSet").map(({ lineId, state, presence }) => `${lineId} ${state} ${presence}`)

/** Enough time for whatever was going to be told: a whole round of questions and answers. */
const round = ({ telephony, seen }: TelephonyCase): Effect.Effect<void, unknown> =>
  Effect.gen(function* () {
    const before = seen.of("QueueMembers").length
    yield* telephony.refresh
    yield* until("everything is asked for again", () => seen.of("QueueMembers").length > before)
    yield* Effect.sleep("50 millis")
  })

export const presenceCases = [
  telephonyCase("a presence is there for phones, its lamp is lit, and neither comes back as a setting", (world) =>
    Effect.gen(function* () {
      const { telephony, control } = world
      yield* telephony.setPresence(alice, available)
      yield* isThere(world, available)
      yield* eventually("the lamp is dark", control.deviceState("Custom:lunch.1001@tenant-a"), (state) => state === "NOT_INUSE")
      yield* expectEqual("another one", yield* telephony.setPresence(alice, lunch), "done")
      yield* isThere(world, lunch)
      yield* expectEqual("the lamp is lit", yield* control.deviceState("Custom:lunch.1001@tenant-a"), "BUSY")
      yield* expectEqual("another line", yield* control.astDb("CustomPresence", "1003@tenant-a"), null)
      yield* round(world)
      yield* expectEqual("told", settings(world).join(), "")
    })
  ),
  telephonyCase("what is set at a phone is told once, and stays until it is answered", (world) =>
    Effect.gen(function* () {
      const { telephony, control } = world
      yield* telephony.setPresence(alice, available)
      yield* isThere(world, available)
      yield* control.setPresence(alice, "away,lunch,soon")
      yield* until("it is told", () => settings(world).length > 0)
      yield* round(world)
      yield* expectEqual("told", settings(world).join(), `${alice.id} away lunch`)
      yield* expectEqual("the answer", yield* telephony.setPresence(alice, lunch), "done")
      yield* isThere(world, lunch)
      yield* control.setPresence(carol, "dnd")
      yield* round(world)
      yield* expectEqual("of a line that nobody shows", settings(world).length, 1)
    })
  ),
  telephonyCase("nothing is to be shown any more: it is cleared, and phones are not listened to", (world) =>
    Effect.gen(function* () {
      const { telephony, control } = world
      yield* telephony.setPresence(alice, lunch)
      yield* isThere(world, lunch)
      yield* telephony.setPresence(alice, null)
      yield* isThere(world, shown("", "not_set"))
      yield* expectEqual("the lamp is dark", yield* control.deviceState("Custom:lunch.1001@tenant-a"), "NOT_INUSE")
      yield* control.setPresence(alice, "dnd")
      yield* round(world)
      yield* expectEqual("told", settings(world).join(), "")
    })
  ),
  telephonyCase("after an outage there is what was asked for last", (world) =>
    Effect.gen(function* () {
      const { telephony, control, seen } = world
      yield* telephony.setPresence(alice, available)
      yield* isThere(world, available)
      yield* control.kill
      yield* until("the link is down", () => !telephony.isUp())
      seen.forget()
      yield* expectEqual("meanwhile", yield* telephony.setPresence(alice, lunch), "deferred")
      yield* control.start
      yield* up(world, seen)
      yield* isThere(world, lunch)
      yield* eventually("the lamp", control.deviceState("Custom:lunch.1001@tenant-a"), (state) => state === "BUSY")
      yield* expectEqual("told", settings(world).join(), "")
    })
  )
]
