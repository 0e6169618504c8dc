/** The server over a configuration that changes, and what its clients make of what they are told. */
import { MemoryListener, type MemoryNetwork, MemoryPasswordHash } from "@ctid/simulator"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { LiveConfig } from "../config/live_config.ts"
import { defaultSettings, type ProtocolVersion, type ServerSettings } from "../config/settings.ts"
import { CtiServer } from "../cti_server.ts"
import type { DirectoryData, User } from "../directory/directory.ts"
import { dial, open, settle } from "../memory_server_fixture.ts"
import type { Notifier } from "../notify/notifier.ts"
import { sampleData } from "../testdata/sample_directory.ts"
import { type ScriptedTelephony, scriptedTelephony } from "../testdata/scripted_telephony.ts"

export interface LiveServerOptions {
  readonly data?: DirectoryData
  readonly settings?: Partial<ServerSettings>
  /** How passwords are checked. */
  readonly hashing?: ReturnType<typeof MemoryPasswordHash.layer>
}

export type LiveServices = CtiServer | Notifier | LiveConfig | MemoryNetwork | ScriptedTelephony | Scope.Scope

/** A port in front of a configuration that may change, for as long as `run` takes. */
export const live = <E>(
  { data = sampleData, settings = {}, hashing = MemoryPasswordHash.layer() }: LiveServerOptions,
  run: Effect.Effect<void, E, LiveServices>
) =>
  Effect.andThen(open(), run).pipe(
    Effect.scoped,
    Effect.provide(
      CtiServer.layer.pipe(
        Layer.provideMerge(
          Layer.mergeAll(
            LiveConfig.layer({ directory: data, settings: { ...defaultSettings, ...settings } }),
            hashing,
            MemoryListener.layer({ capacity: 1024 * 1024, highWater: 1024 * 1024 }),
            scriptedTelephony,
            Digest.layerWebCrypto,
            SecureRandom.layerWebCrypto
          )
        )
      )
    )
  )

/** Declares something else, and waits until everybody has heard of it. */
export const declare = Effect.fnUntraced(function* (
  change: (data: DirectoryData) => DirectoryData,
  settings: Partial<ServerSettings> = {}
) {
  const config = yield* LiveConfig
  const declared = config.declared()
  yield* config.replace({ directory: change(declared.directory), settings: { ...declared.settings, ...settings } })
  yield* settle
})

export const same = (data: DirectoryData): DirectoryData => data

/** A directory where one user is declared otherwise; null: not at all. */
export const withUser =
  (id: number, change: Partial<User> | null) =>
  (data: DirectoryData): DirectoryData => ({
    ...data,
    users: data.users.flatMap((user) => (user.id !== id ? [user] : change === null ? [] : [{ ...user, ...change }]))
  })

/** Signs in as a client of this version does; what he heard until then is forgotten. */
export const signInAs = Effect.fnUntraced(function* (
  login: string,
  version: ProtocolVersion = "2.3",
  password = `${login}-word`
) {
  const client = yield* dial
  yield* client.say(
    { class: "login_id", userlogin: login, [version === "2.3" ? "wazoversion" : "xivoversion"]: version },
    { class: "login_pass", password }
  )
  const capaid = client.heard.flatMap(({ capalist }) => (Array.isArray(capalist) ? capalist : []))[0]
  yield* client.say({ class: "login_capas", capaid, state: "available", lastconnwins: false, loginkind: "user" })
  client.take()
  return client
})

const getList = { class: "getlist", tipbxid: "xivo" }
/** What a client says to read a list, or one object. */
export const ask = {
  ids: (listname: string): object => ({ ...getList, function: "listid", listname }),
  object: (what: string, listname: string, tid: string): object => ({ ...getList, function: what, listname, tid })
}
export const told = {
  add: (listname: string, ...list: ReadonlyArray<string>) => ({ ...getList, function: "addconfig", listname, list }),
  del: (listname: string, ...list: ReadonlyArray<string>) => ({ ...getList, function: "delconfig", listname, list }),
  config: (listname: string, tid: string, config: object) => ({ ...getList, function: "updateconfig", listname, tid, config }),
  presence: (tid: string, availstate: string) => ({
    ...getList,
    function: "updatestatus",
    listname: "users",
    tid,
    status: { availstate }
  })
}

/** `delconfig users 1,2`, `updateconfig queues 5`: what a client heard, in short. */
export const short = (messages: ReadonlyArray<object>): ReadonlyArray<string> =>
  (messages as ReadonlyArray<Readonly<Record<string, unknown>>>).map((message) =>
    message.class === "getlist" ? `${message.function} ${message.listname} ${message.tid ?? message.list}` : `${message.class}`
  )

/** alice and bob of company `a`, carol of `b`, signed in. */
export const people = Effect.gen(function* () {
  const [alice, bob, carol] = [yield* signInAs("alice"), yield* signInAs("bob"), yield* signInAs("carol")]
  for (const client of [alice, bob, carol]) client.take()
  return { alice, bob, carol }
})

/** One more user of company `a`, with a line. */
export const newcomer = (data: DirectoryData): DirectoryData => {
  const [alice] = data.users
  const [line] = data.lines
  if (alice === undefined || line === undefined) return data
  const dora = { ...alice, id: 9, uuid: "0b7e9a1c-3d52-4c86-8f14-000000000009", login: "dora", fullName: "dora", agentId: null }
  return {
    ...data,
    users: [...data.users, { ...dora, lineIds: [90] }],
    lines: [...data.lines, { ...line, id: 90, number: "1009", device: "PJSIP/1009", name: "1009", userId: 9 }]
  }
}

/** A directory where one object is declared otherwise. */
export const withLine =
  (id: number, change: Partial<DirectoryData["lines"][number]>) =>
  (data: DirectoryData): DirectoryData => ({
    ...data,
    lines: data.lines.map((line) => (line.id === id ? { ...line, ...change } : line))
  })

export const withQueue =
  (id: number, change: Partial<DirectoryData["queues"][number]>) =>
  (data: DirectoryData): DirectoryData => ({
    ...data,
    queues: data.queues.map((queue) => (queue.id === id ? { ...queue, ...change } : queue))
  })

export const withAgent =
  (change: Partial<DirectoryData["agents"][number]>) =>
  (data: DirectoryData): DirectoryData => ({
    ...data,
    agents: data.agents.map((agent) => ({ ...agent, ...change }))
  })
