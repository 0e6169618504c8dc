/** An office on a running server: its people sign in over sockets, as many as there are. */
import { createConnection } from "node:net"
import { LiveConfig } from "@ctid/core/config/live_config"
import { CtiServer } from "@ctid/core/cti_server"
import { Presence } from "@ctid/core/presence/presence"
import { Pbx } from "@ctid/core/telephony/pbx"
import { NodePlatform } from "@ctid/platform-node"
import type { Office, OfficeSystem, WithOffice } from "@ctid/testing"
import { agentEvents, officeValues } from "@ctid/testing/office/memory_office"
import { userIdOf } from "@ctid/testing/office/office"
import { RecordedTelephony } from "@ctid/testing/office/recorded_telephony"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as Scope from "effect/Scope"
import { openSocketClient, type SocketClient } from "./socket_client.ts"

/** Milliseconds that something may take over a socket. */
const DEADLINE = 10_000

const empty: Office = {
  people: [],
  groups: [],
  separation: false,
  rules: { reachability: "enforced", disconnectOn: "last" }
}

const services = CtiServer.layer.pipe(
  Layer.provideMerge(
    Layer.mergeAll(LiveConfig.layer(officeValues(empty)), RecordedTelephony.layer, NodePlatform.layer(), Logger.layer([]))
  )
)

/** A new connection is answered: all that the server had begun to write before is on its way. */
const probe = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = createConnection({ host: "127.0.0.1", port })
    socket.setTimeout(DEADLINE, () => socket.destroy(new Error("the server does not answer")))
    socket.once("error", reject)
    socket.once("data", () => {
      socket.destroy()
      // after whatever else came in the same turn
      setImmediate(resolve)
    })
    socket.write('{"class":"login_id","userlogin":"probe","wazoversion":"2.3"}\n')
  })

/** Tries until it holds. */
const until = async (port: number, check: () => Promise<void>): Promise<void> => {
  const end = performance.now() + DEADLINE
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() > end) throw error
      await probe(port)
    }
  }
}

/** Starts a server on a port of its own, until the scope ends: offices run on it one after another. */
export const socketOffices: Effect.Effect<WithOffice, unknown, Scope.Scope> = Effect.gen(function* () {
  const context = yield* Layer.build(services)
  return yield* Effect.gen(function* () {
    const server = yield* CtiServer
    const live = yield* LiveConfig
    const presence = yield* Presence
    const telephony = yield* RecordedTelephony
    const { state } = yield* Pbx
    const { port } = yield* server.listen({ address: "127.0.0.1", port: 0 })

    const run = Effect.runPromiseWith(context)
    const reload = (office: Office): Promise<void> => run(Effect.andThen(live.replace(officeValues(office)), server.reload()))

    const open = async (office: Office): Promise<OfficeSystem & { readonly close: () => Promise<void> }> => {
      const clients = new Map<number, SocketClient>()
      let present = office
      const client = (session: number): SocketClient => {
        const found = clients.get(session)
        if (found === undefined) throw new Error(`there is no session ${session}`)
        return found
      }
      const say = (events: Parameters<typeof telephony.say>[0]): Promise<void> => run(telephony.say(events))
      await reload(office)
      telephony.forget()
      return {
        signIn: async (session, name, first) => {
          clients.set(session, await openSocketClient(port, name, first))
        },
        choose: (session, { presence: availstate, ...terms }) =>
          client(session).send({ class: "availstate", availstate, ...terms }),
        logOut: async (session) => {
          await client(session).logOut()
          clients.delete(session)
        },
        hangUp: async (session) => {
          await client(session).close()
          clients.delete(session)
        },
        impose: (name, imposed) => run(Effect.asVoid(presence.apply(userIdOf(name), { _tag: "Imposed", presence: imposed }))),
        phone: (lineId, extensionState) => say([{ _tag: "EndpointState", lineId, state: extensionState }]),
        agent: (name, move) => say(agentEvents(present, name, move)),
        pbx: async (mood) => telephony.setMood(mood),
        reload: (next) => {
          present = next
          return reload(next)
        },
        // the clock here is that of the machine
        passTime: () => Promise.reject(new Error("nobody waits for the end of a presence here")),
        isOpen: (session) => clients.get(session)?.isOpen() === true,
        heard: (session) => client(session).heard(),
        shown: async (session) => client(session).shown(),
        look: async () => {},
        registers: false,
        indiscretions: () => [...clients.values()].flatMap((one) => one.indiscretions()),
        asked: telephony.asked,
        forget: () => {
          telephony.forget()
          for (const one of clients.values()) one.forget()
        },
        see: async (check) => {
          await until(port, check)
          // and that nothing else was on its way
          await probe(port)
          await check()
        },
        view: {
          presence: presence.get,
          agent: (agentId) => state.agents.agent(agentId).availability,
          doNotDisturb: (userId) => state.services(userId).doNotDisturb
        },
        close: async () => {
          await Promise.all([...clients.values()].map((one) => one.close()))
          // nobody is left, and nothing is remembered
          await say([{ _tag: "QueueMembers", members: [] }])
          await reload(empty)
          await until(port, async () => {
            if (server.sessions().length > 0) throw new Error("a session has not ended")
          })
        }
      }
    }

    const withOffice: WithOffice = async (office, use) => {
      const system = await open(office)
      try {
        await use(system)
      } finally {
        await system.close()
      }
    }
    return withOffice
  }).pipe(Effect.provide(context))
})
