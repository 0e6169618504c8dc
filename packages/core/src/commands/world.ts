/** What command handlers work with: the services of the model, resolved once. */
import * as Effect from "effect/Effect"
import { Settings } from "../config/settings.ts"
import { Directory, type DirectorySnapshot, type User } from "../directory/directory.ts"
import { CtiEvents } from "../events/cti_events.ts"
import { Notifier } from "../notify/notifier.ts"
import { contextOf, visible } from "../parting/parting.ts"
import { Presence } from "../presence/presence.ts"
import type { ListName } from "../protocol/client_command.ts"
import type { Client } from "../session/client.ts"
import { Pbx } from "../telephony/pbx.ts"
import { Telephony } from "../telephony/telephony.ts"

export interface World {
  readonly settings: Settings["Service"]
  readonly directory: Directory["Service"]
  readonly events: CtiEvents["Service"]
  readonly notifier: Notifier["Service"]
  readonly presence: Presence["Service"]
  readonly pbx: Pbx["Service"]
  readonly telephony: Telephony["Service"]
}

export const makeWorld: Effect.Effect<World, never, Settings | Directory | CtiEvents | Notifier | Presence | Pbx | Telephony> =
  Effect.gen(function* () {
    return {
      settings: yield* Settings,
      directory: yield* Directory,
      events: yield* CtiEvents,
      notifier: yield* Notifier,
      presence: yield* Presence,
      pbx: yield* Pbx,
      telephony: yield* Telephony
    }
  })

/** Whether a client may know of an object. */
export const maySee = (world: World, client: Client, list: ListName, id: number | string): boolean =>
  !world.settings.current().contextSeparation || visible(true, client.context(), contextOf(world.directory.current(), list, id))

/** With separation on, a user without line does nothing (reference 6.4). */
export const mayAct = (world: World, client: Client): boolean =>
  !world.settings.current().contextSeparation || client.context() !== null

/** The user as he is declared now: a reload may have changed him since he signed in. */
export const userNow = (snapshot: DirectorySnapshot, client: Client): User => snapshot.users.get(client.user.id) ?? client.user
