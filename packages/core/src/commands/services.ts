/** `featuresput`: do not disturb, call filter, recording, forwards (reference 3.3). */
import * as Effect from "effect/Effect"
import { audited } from "../audit.ts"
import { type ClientCommand, objectId } from "../protocol/client_command.ts"
import { FORWARD_NAMES } from "../protocol/views.ts"
import { type Client, type Handled, ignore, nothing } from "../session/client.ts"
import type { OnLines } from "../telephony/services_on_lines.ts"
import { type Forward, type ForwardKind, reduceDestination } from "../telephony/telephony.ts"
import { maySee, type World } from "./world.ts"

type PutFeature = Extract<ClientCommand, { readonly _tag: "PutFeature" }>

/** `true`, `false`, and as the original `1`, `0`. */
const flagOf = (value: unknown): boolean | null => {
  if (value === true || value === 1) return true
  return value === false || value === 0 ? false : null
}

/** What the PBX refuses is logged; the client is told nothing (reference 3.3). */
const logged = (client: Client, service: string, set: Effect.Effect<OnLines>): Effect.Effect<typeof nothing> =>
  Effect.flatMap(set, ({ refused }) =>
    Effect.forEach(
      refused,
      ({ error, line }) =>
        Effect.logWarning("service not set").pipe(
          Effect.annotateLogs({
            user: client.user.login,
            service,
            line: line.number,
            reason: error.reason,
            detail: error.message
          })
        ),
      { discard: true }
    )
  ).pipe(Effect.as(nothing))

interface WantedForward extends Forward {
  readonly kind: ForwardKind
}

/** Every pair `enable<x>`, `dest<x>` found; an empty destination switches off. */
const forwardsIn = (value: unknown): ReadonlyArray<WantedForward> => {
  if (typeof value !== "object" || value === null) return []
  const fields = value as Record<string, unknown> // any object may be read by name
  return FORWARD_NAMES.flatMap(([kind, name]) => {
    const enabled = flagOf(fields[`enable${name}`])
    const destination = fields[`dest${name}`]
    if (enabled === null || (typeof destination !== "string" && typeof destination !== "number")) return []
    const reduced = reduceDestination(String(destination))
    return [{ kind, enabled: enabled && reduced !== "", destination: reduced }]
  })
}

const setForwards = (world: World, client: Client, forwards: ReadonlyArray<WantedForward>): Handled =>
  Effect.forEach(
    forwards,
    ({ kind, enabled, destination }) =>
      logged(client, kind, world.pbx.onLines.setForward(client.user.id, kind, { enabled, destination })),
    { concurrency: "unbounded", discard: true }
  ).pipe(Effect.as(nothing))

const setRecording = (world: World, client: Client, target: string | null, on: boolean): Handled => {
  const id = objectId(target)
  if (id === null || !world.directory.current().users.has(id)) return ignore("recording of an unknown user")
  if (!maySee(world, client, "users", id)) return ignore("recording of a user of another context")
  world.pbx.setServices(id, { recording: on })
  const fields = { user: client.user.login, of: world.directory.current().users.get(id)?.login, on }
  return Effect.logInfo("recording").pipe(Effect.annotateLogs(audited("recording", fields)), Effect.as(nothing))
}

export const putFeature = (world: World, client: Client, command: PutFeature): Handled => {
  if (command.feature === "fwd") {
    const forwards = forwardsIn(command.value)
    return forwards.length === 0 ? ignore("fwd without a forward") : setForwards(world, client, forwards)
  }
  const on = flagOf(command.value)
  if (on === null) return ignore("featuresput with a value that is no flag")
  switch (command.feature) {
    case "enablednd":
      return logged(client, "enablednd", world.pbx.onLines.setDoNotDisturb(client.user.id, on))
    case "incallfilter":
      world.pbx.setServices(client.user.id, { incomingFilter: on })
      return nothing
    case "enablerecording":
      return setRecording(world, client, command.target, on)
    default:
      return ignore("featuresput with an unknown function")
  }
}
