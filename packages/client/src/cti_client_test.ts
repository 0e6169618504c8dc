import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import type { ClientEvent } from "./client_event.ts"
import type { ClientState } from "./client_state.ts"
import { ClientTransport } from "./client_transport.ts"
import { type ClientOptions, CtiClient, type CtiClientShape } from "./cti_client.ts"
import { broadcast, type Company, company, companyServer, ScriptedServer, until } from "./scripted_server_fixture.ts"

const PASSWORD = "s3cret-word"

const connect = (server: ScriptedServer, options: Partial<ClientOptions> = {}) =>
  CtiClient.make({ login: "blue", password: Redacted.make(PASSWORD), ...options }).pipe(
    Effect.provideService(ClientTransport, server.transport),
    Effect.provide(Digest.layerWebCrypto)
  )

const serving = (data: Company = company()): ScriptedServer => new ScriptedServer(companyServer(data))

/** Collects a stream while the test goes on. */
const collect = <A>(stream: Stream.Stream<A>): Effect.Effect<Array<A>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const seen: Array<A> = []
    yield* stream.pipe(
      Stream.runForEach((value) => Effect.sync(() => seen.push(value))),
      Effect.forkScoped({ startImmediately: true })
    )
    return seen
  })

const online = (client: CtiClientShape): boolean => client.state()._tag === "Online"

describe("login", () => {
  it.effect("speaks 2.3 in clear, as the original's client does", () =>
    Effect.gen(function* () {
      const server = serving()
      const client = yield* connect(server)
      const [id, pass, capas] = server.last.commands
      assert.include(id, { class: "login_id", userlogin: "blue", company: "xivo", wazoversion: "2.3" })
      assert.include(pass, { class: "login_pass", password: PASSWORD })
      assert.include(capas, { class: "login_capas", capaid: "3", state: "available" })
      assert.notProperty(capas, "loginkind")
      assert.isTrue([id, pass, capas].every((command) => typeof command?.commandid === "number" && command.commandid !== 0))
      assert.strictEqual(client.identity().userId, "42")
      assert.deepEqual(client.identity().presences.get("away")?.allowed, ["available"])
      assert.strictEqual(client.identity().hints.get(8)?.longName, "Ringing")
    })
  )

  it.effect("speaks 1.2 with a hashed password", () =>
    Effect.gen(function* () {
      const server = serving(company("1.2"))
      yield* connect(server, { version: "1.2" })
      const [id, pass, capas] = server.last.commands
      assert.include(id, { xivoversion: "1.2" })
      assert.notProperty(id, "wazoversion")
      assert.strictEqual(pass?.hashedpassword, "b753cd8e945a9b45fd8fc679874e5c0e0a2dbc17")
      assert.notProperty(pass, "password")
      assert.include(capas, { lastconnwins: false, loginkind: "user" })
    })
  )

  it.effect("goes on in clear when the server offers STARTTLS", () =>
    Effect.gen(function* () {
      const server = serving()
      const answer = server.answer
      server.answer = (command, side) => {
        if (command.class === "login_id") side.say({ class: "starttls" })
        answer(command, side)
      }
      assert.isTrue(online(yield* connect(server)))
    })
  )

  it.effect("keeps the present presence when it is told none", () =>
    Effect.gen(function* () {
      const server = serving()
      yield* connect(server, { presence: null })
      assert.strictEqual(server.last.of("login_capas")[0]?.state, "")
    })
  )

  const refusals = [
    ["login_pass", "login_password", "password", /login or password/],
    ["login_id", "login_password", "password", /login or password/],
    ["login_id", "wazoversion_client:2.3;2.1", "version", /speaks protocol 2\.3.*wants 2\.1/],
    ["login_id", "xivoversion_client:2.3;1.2", "version", /wants 1\.2/],
    ["login_pass", "user_not_found", "user_not_found", /no such user/],
    ["login_pass", "capaid_undefined", "profile", /no client profile/],
    ["login_pass", "xivo_auth_error", "auth_service", /later/],
    ["login_pass", "missing:hashedpassword", "missing_fields", /hashedpassword/],
    ["login_capas", "wrong cti_profile_id", "profile", /profile/],
    ["login_capas", "unknown cti_profile_id", "profile", /profile/],
    ["login_capas", "toomuchusers:12", "too_many_users", /no more users/],
    ["login_capas", "already_connected:10.0.0.1:5003", "already_connected", /10\.0\.0\.1:5003/],
    ["login_capas", "server_stopped", "server_stopped", /stopping/],
    ["login_capas", "server_reloaded", "server_reloaded", /reloading/],
    ["login_capas", "odd", "other", /"odd"/]
  ] as const
  for (const [step, error, reason, sentence] of refusals) {
    it.effect(`fails with a sentence, and is not tried again, when ${step} is refused with ${error}`, () =>
      Effect.gen(function* () {
        const data = company()
        data.refuse = { [step]: error }
        const server = serving(data)
        const failure = yield* Effect.flip(connect(server))
        assert.strictEqual(failure._tag, "ClientLoginError")
        if (failure._tag !== "ClientLoginError") return
        assert.strictEqual(failure.step, step)
        assert.strictEqual(failure.reason, reason)
        assert.strictEqual(failure.error, error)
        assert.match(failure.message, sentence)
        assert.notInclude(JSON.stringify(failure) + String(failure), PASSWORD)
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual(server.sides.length, 1)
        yield* until("the connection is closed", () => server.last.closed)
      })
    )
  }

  it.effect("fails when the server offers no profile", () =>
    Effect.gen(function* () {
      const server = serving()
      const answer = server.answer
      server.answer = (command, side) =>
        command.class === "login_pass" ? side.say({ class: "login_pass", capalist: [] }) : answer(command, side)
      const failure = yield* Effect.flip(connect(server))
      assert.isTrue(failure._tag === "ClientProtocolError" && failure.reason === "no_profile")
    })
  )

  it.effect("fails when the connection cannot be made", () =>
    Effect.gen(function* () {
      const server = serving()
      server.refusing = true
      const failure = yield* Effect.flip(connect(server))
      assert.isTrue(failure._tag === "ClientTransportError" && failure.reason === "connect")
    })
  )

  for (const [step, after] of [
    ["login_id", 10],
    ["login_pass", 60],
    ["login_capas", 10]
  ] as const) {
    it.effect(`waits ${after} s for ${step}, and then fails and closes the connection`, () =>
      Effect.gen(function* () {
        const data = company()
        data.silent.add(step)
        const server = serving(data)
        const attempt = yield* Effect.forkScoped(Effect.flip(connect(server)))
        yield* until(`${step} was sent`, () => server.sides[0]?.of(step).length === 1)
        yield* TestClock.adjust(`${after - 1} seconds`)
        assert.isFalse(server.last.closed)
        yield* TestClock.adjust("1 seconds")
        const failure = yield* Fiber.join(attempt)
        assert.isTrue(failure._tag === "ClientTimeout" && failure.waitedFor === step)
        yield* until("the connection is closed", () => server.last.closed)
      })
    )
  }

  it.effect("fails when the server closes instead of answering", () =>
    Effect.gen(function* () {
      const server = new ScriptedServer((command, side) => {
        if (command.class === "login_id") side.drop("closed")
      })
      const failure = yield* Effect.flip(connect(server))
      assert.isTrue(failure._tag === "ClientTransportError" && failure.reason === "closed")
    })
  )
})

describe("what is received", () => {
  it.effect("may be split anywhere and joined anyhow", () =>
    Effect.gen(function* () {
      const server = serving()
      const client = yield* connect(server)
      yield* client.ready
      const line = (presence: string) => `${JSON.stringify(broadcast("status", "users", "43", { availstate: presence }))}\n`
      server.last.trickle(line("d\u00e9jeuner \ud83c\udf5c"))
      assert.strictEqual(client.board().users.get("43")?.presence, "d\u00e9jeuner \ud83c\udf5c")
      server.last.raw(`${line("away")}\r\n\n${line("available").replace("\n", "\r\n")}`)
      assert.strictEqual(client.board().users.get("43")?.presence, "available")
    })
  )

  it.effect("that is junk is counted and given as unknown events; the connection stays", () =>
    Effect.gen(function* () {
      const server = serving()
      const client = yield* connect(server)
      yield* client.ready
      const events = yield* collect(client.events)
      server.last.raw(
        '{"class":\n[]\n"text"\n{"class":"sheet","payload":1}\n{"class":"getlist"}\n{"no":"class"}\n\u0000\u0001\n'
      )
      yield* until("seven events", () => events.length === 7)
      assert.deepEqual(
        events.map((event) => (event._tag === "Unknown" ? event.fault : event._tag)),
        ["not_json", "not_an_object", "not_an_object", "unknown_class", "bad_fields", "no_class", "not_json"]
      )
      assert.strictEqual(client.counts().unknown, 7)
      assert.isTrue(online(client))
    })
  )

  it.effect("is given up when a line does not end", () =>
    Effect.gen(function* () {
      const server = serving()
      const client = yield* connect(server, { lineLimit: 64 * 1024, reconnect: false })
      server.last.raw("x".repeat(64 * 1024 + 1))
      const end = yield* client.ended
      assert.isTrue(end._tag === "ClientProtocolError" && end.reason === "line_too_long")
      assert.isTrue(server.last.closed)
    })
  )
})

describe("calls", () => {
  it.effect("are matched by replyid, whatever the order of the answers", () =>
    Effect.gen(function* () {
      const server = serving()
      const client = yield* connect(server, { lists: [] })
      server.answer = () => {}
      const first = yield* Effect.forkScoped(client.getIpbxList, { startImmediately: true })
      const second = yield* Effect.forkScoped(client.getIpbxList, { startImmediately: true })
      const [one, two] = server.last.of("getipbxlist")
      server.last.say({ class: "getipbxlist", ipbxlist: ["second"], replyid: two?.commandid })
      server.last.say({ class: "getipbxlist", ipbxlist: ["stranger"], replyid: 999_999 })
      server.last.say({ class: "getipbxlist", ipbxlist: ["first"], replyid: one?.commandid })
      assert.deepEqual(yield* Fiber.join(first), ["first"])
      assert.deepEqual(yield* Fiber.join(second), ["second"])
    })
  )

  it.effect("without replyid are matched by list and id, in order; a broadcast of single keys is no answer", () =>
    Effect.gen(function* () {
      const server = serving()
      const client = yield* connect(server, { lists: [] })
      yield* until("the login's own broadcast", () => client.counts().messages === 4)
      const events = yield* collect(client.events)
      server.answer = () => {}
      const config = yield* Effect.forkScoped(client.getConfig("users", "42"), { startImmediately: true })
      const other = yield* Effect.forkScoped(client.getConfig("users", "43"), { startImmediately: true })
      server.last.say(
        broadcast("config", "users", "42", { enablednd: true }),
        broadcast("config", "users", "43", {}),
        broadcast("config", "users", "42", { fullname: "Blue Desk", enablednd: true })
      )
      assert.deepEqual(yield* Fiber.join(config), { fullname: "Blue Desk", enablednd: true })
      assert.isNull(yield* Fiber.join(other))
      yield* until("one event", () => events.length > 0)
      assert.deepEqual(events, [{ _tag: "User", id: "42", change: { doNotDisturb: true } }])
    })
  )

  it.effect("have the wire form of the protocol", () =>
    Effect.gen(function* () {
      const server = serving()
      const client = yield* connect(server, { lists: [] })
      const before = server.last.commands.length
      yield* client.setDoNotDisturb(true)
      yield* client.setIncomingFilter(false)
      yield* client.setForward("noAnswer", { enabled: true, destination: "1003" })
      yield* client.setRecording("43", true)
      yield* client.agentLogin()
      yield* client.agentLogin({ agentId: "7", extension: "1001" })
      yield* client.agentLogout("7")
      yield* client.queuePause("7", "all")
      yield* client.queueUnpause("7", "5")
      yield* client.queueAdd("7", "5")
      yield* client.queueRemove("7", "5")
      yield* client.listen("7")
      yield* client.register("agent", [["uuid", 7]])
      yield* client.unregister("user", [["uuid", "user-uuid"]])
      yield* client.keepAlive
      const sent = server.last.commands.slice(before).map(({ commandid, ...command }) => command)
      assert.deepEqual(sent, [
        { class: "featuresput", function: "enablednd", value: true },
        { class: "featuresput", function: "incallfilter", value: false },
        { class: "featuresput", function: "fwd", value: { enablerna: true, destrna: "1003" } },
        { class: "featuresput", function: "enablerecording", value: true, target: "43" },
        { class: "ipbxcommand", command: "agentlogin", agentids: "agent:special:me" },
        { class: "ipbxcommand", command: "agentlogin", agentids: "agent:xivo/7", agentphonenumber: "1001" },
        { class: "ipbxcommand", command: "agentlogout", agentids: "agent:xivo/7" },
        { class: "ipbxcommand", command: "queuepause", member: "agent:xivo/7", queue: "queue:xivo/all" },
        { class: "ipbxcommand", command: "queueunpause", member: "agent:xivo/7", queue: "queue:xivo/5" },
        { class: "ipbxcommand", command: "queueadd", member: "agent:xivo/7", queue: "5" },
        { class: "ipbxcommand", command: "queueremove", member: "agent:xivo/7", queue: "5" },
        { class: "ipbxcommand", command: "listen", destination: "xivo/7", subcommand: "start" },
        { class: "register_agent_status_update", agent_ids: [["uuid", 7]] },
        { class: "unregister_user_status_update", user_ids: [["uuid", "user-uuid"]] },
        { class: "keepalive" }
      ])
    })
  )

  it.effect("setPresence ends with the server's broadcast", () =>
    Effect.gen(function* () {
      const server = serving()
      const client = yield* connect(server)
      yield* client.ready
      const set = yield* Effect.forkScoped(client.setPresence("away"), { startImmediately: true })
      assert.include(server.last.of("availstate")[0], { availstate: "away", ipbxid: "xivo", userid: "42" })
      server.last.say(broadcast("status", "users", "43", { availstate: "away" }))
      server.last.say(broadcast("status", "users", "42", { availstate: "available" }))
      yield* Effect.yieldNow
      assert.isUndefined(set.pollUnsafe())
      server.last.say(broadcast("status", "users", "42", { availstate: "away" }))
      yield* Fiber.join(set)
      assert.strictEqual(client.board().users.get("42")?.presence, "away")
    })
  )

  it.effect("setPresence fails with what is reachable instead, or when nothing is confirmed", () =>
    Effect.gen(function* () {
      const server = serving()
      const client = yield* connect(server)
      yield* client.ready
      const unknown = yield* Effect.flip(client.setPresence("juggling"))
      assert.isTrue(unknown._tag === "PresenceRefused" && unknown.reason === "unknown")
      assert.strictEqual(server.last.of("availstate").length, 0)
      const events = yield* collect(client.events)
      const refused = yield* Effect.forkScoped(Effect.flip(client.setPresence("donotdisturb")), { startImmediately: true })
      server.last.say({ class: "availstate", error_string: "presence_unreachable:away:donotdisturb" })
      const error = yield* Fiber.join(refused)
      assert.isTrue(error._tag === "PresenceRefused" && error.reason === "unreachable")
      assert.deepEqual(error._tag === "PresenceRefused" && error.instead, ["available"])
      yield* until("an event", () => events.length === 1)
      assert.deepEqual(events, [{ _tag: "PresenceRefused", from: "away", to: "donotdisturb" }])
      const silent = yield* Effect.forkScoped(Effect.flip(client.setPresence("away")), { startImmediately: true })
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(silent))._tag, "ClientTimeout")
    })
  )

  it.effect("fail while there is no connection, and when it breaks", () =>
    Effect.gen(function* () {
      const server = serving()
      const client = yield* connect(server, { lists: [] })
      server.answer = () => {}
      const call = yield* Effect.forkScoped(Effect.flip(client.getIds("users")), { startImmediately: true })
      server.refusing = true
      server.last.drop()
      assert.strictEqual((yield* Fiber.join(call))._tag, "ClientTransportError")
      yield* until("offline", () => client.state()._tag === "Offline")
      const offline = yield* Effect.flip(client.agentLogin())
      assert.strictEqual(offline._tag, "ClientOffline")
      assert.match(offline.message, /not connected: .*broke/)
    })
  )
})

describe("the board", () => {
  it.effect("is complete after the lists, configs and statuses were fetched", () =>
    Effect.gen(function* () {
      const server = serving()
      const client = yield* connect(server)
      const board = yield* client.ready
      assert.deepInclude(board.users.get("42"), {
        fullName: "Blue Desk",
        agentId: "7",
        presence: "available",
        phoneIds: ["11"]
      })
      assert.deepInclude(board.users.get("43"), { fullName: "Green Desk", presence: "away" })
      assert.deepInclude(board.phones.get("11"), { number: "1001", userId: "42", hint: 0 })
      assert.deepInclude(board.agents.get("7"), { number: "2001", availability: "logged_out" })
      assert.deepInclude(board.queues.get("5"), { name: "support", displayName: "Support", number: "3001" })
      assert.deepInclude(board.voicemails.get("3"), { mailbox: "1001", newMessages: 0 })
      assert.deepInclude(board.queuemembers.get("Agent/2001,support"), { queueName: "support", paused: false, status: 101 })
      assert.strictEqual(server.last.of("getipbxlist").length, 1)
    })
  )

  it.effect("follows broadcasts, and fetches what is added", () =>
    Effect.gen(function* () {
      const data = company()
      const server = serving(data)
      const client = yield* connect(server)
      yield* client.ready
      const side = server.last
      side.say(broadcast("status", "phones", "11", { hintstatus: "8" }))
      side.say(broadcast("status", "agents", 7, { phonenumber: "1001" }))
      side.say(broadcast("config", "users", "42", { enablednd: true }))
      side.say(broadcast("status", "users", "99", { availstate: "away" }))
      assert.strictEqual(client.board().phones.get("11")?.hint, 8)
      assert.strictEqual(client.board().agents.get("7")?.extension, "1001")
      assert.isTrue(client.board().users.get("42")?.doNotDisturb)
      assert.isFalse(client.board().users.has("99"))
      const before = client.board()
      data.lists.users = { ...data.lists.users, "99": { config: { fullname: "New" }, status: { availstate: "away" } } }
      side.say({ class: "getlist", function: "addconfig", listname: "users", tipbxid: "xivo", list: ["99"] })
      yield* until("the new user is shown", () => client.board().users.get("99")?.presence === "away")
      side.say({ class: "getlist", function: "delconfig", listname: "users", tipbxid: "xivo", list: ["43"] })
      assert.isFalse(client.board().users.has("43"))
      assert.isTrue(before.users.has("43"))
    })
  )

  it.effect("is streamed: the present one first, then each change once", () =>
    Effect.gen(function* () {
      const server = serving()
      const client = yield* connect(server)
      yield* client.ready
      const hints: Array<number | undefined> = []
      yield* client.boards.pipe(
        Stream.runForEach((board) => Effect.sync(() => hints.push(board.phones.get("11")?.hint))),
        Effect.forkScoped({ startImmediately: true })
      )
      yield* until("the first", () => hints.length === 1)
      server.last.say(broadcast("status", "phones", "11", { hintstatus: "8" }))
      yield* until("the second", () => hints.length === 2)
      server.last.say(broadcast("status", "phones", "11", { hintstatus: "8" }))
      server.last.say(broadcast("status", "phones", "11", { hintstatus: "1" }))
      yield* until("the third", () => hints.length === 3)
      assert.deepEqual(hints, [0, 8, 1])
    })
  )

  it.effect("gives the connection up when a list is not answered", () =>
    Effect.gen(function* () {
      const data = company()
      const server = serving(data)
      const answer = server.answer
      server.answer = (command, side) => {
        if (command.listname !== "agents") answer(command, side)
      }
      const client = yield* connect(server, { reconnect: false })
      const ready = yield* Effect.forkScoped(Effect.flip(client.ready), { startImmediately: true })
      yield* until("the list was asked for", () => server.last.of("getlist").some(({ listname }) => listname === "agents"))
      yield* TestClock.adjust("10 seconds")
      const end = yield* Fiber.join(ready)
      assert.isTrue(end._tag === "ClientTimeout" && end.waitedFor === "listid/agents")
    })
  )

  it.effect("fetches thousands of items in bounded batches", () =>
    Effect.gen(function* () {
      const data = company()
      const count = 3_000
      data.lists.phones = Object.fromEntries(
        Array.from({ length: count }, (_, at) => [String(at), { config: { number: String(at) }, status: { hintstatus: "0" } }])
      )
      let outstanding = 0
      let most = 0
      const server = serving(data)
      const answer = server.answer
      const held: Array<() => void> = []
      server.answer = (command, side) => {
        if (command.class !== "getlist" || command.function === "listid") return answer(command, side)
        most = Math.max(most, ++outstanding)
        held.push(() => {
          outstanding--
          answer(command, side)
        })
        if (held.length === 1) {
          setImmediate(() => {
            for (const one of held.splice(0)) one()
          })
        }
      }
      const client = yield* connect(server)
      const board = yield* client.ready
      assert.strictEqual(board.phones.size, count)
      assert.isAtMost(most, 128)
    })
  )
})

describe("a lost connection", () => {
  it.effect("is made again after a growing, jittered delay, with the last presence and a fresh board", () =>
    Effect.gen(function* () {
      const data = company()
      const server = serving(data)
      const client = yield* connect(server)
      yield* client.ready
      const states = yield* collect(client.states)
      server.last.say(broadcast("status", "users", "42", { availstate: "away" }))
      server.refusing = true
      server.last.drop()
      const delays: Array<number> = []
      for (let attempt = 0; attempt < 7; attempt++) {
        yield* until("a new delay", () => states.filter(({ _tag }) => _tag === "Offline").length > delays.length)
        const last = states.findLast((state) => state._tag === "Offline")
        delays.push(last?._tag === "Offline" ? last.retryIn : 0)
        if (attempt < 6) yield* TestClock.adjust(delays[attempt] ?? 0)
      }
      delays.forEach((delay, attempt) => {
        const longest = Math.min(30_000, 1_000 * 2 ** attempt)
        assert.isAtLeast(delay, longest / 2)
        assert.isAtMost(delay, longest)
      })
      assert.strictEqual(client.board().users.get("42")?.presence, "away", "the last board stays meanwhile")
      server.refusing = false
      delete data.lists.users?.["43"]
      yield* TestClock.adjust("30 seconds")
      yield* until("online again", () => online(client))
      assert.strictEqual(server.last.of("login_capas")[0]?.state, "away")
      const board = yield* client.ready
      assert.isFalse(board.users.has("43"))
      assert.strictEqual(board.users.get("42")?.presence, "away")
      assert.strictEqual(client.counts().connections, 2)
      assert.deepEqual([...new Set(states.map(({ _tag }) => _tag))].sort(), ["Connecting", "Offline", "Online"])
    })
  )

  it.effect("is tried quickly again after a connection that held", () =>
    Effect.gen(function* () {
      const server = serving()
      const client = yield* connect(server, { lists: [], keepAlive: 3_600_000 })
      const states = yield* collect(client.states)
      const offline = () => states.filter((state) => state._tag === "Offline")
      for (let round = 1; round <= 3; round++) {
        yield* TestClock.adjust("1 minutes")
        server.last.drop()
        yield* until("offline", () => offline().length === round)
        yield* TestClock.adjust("1 seconds")
        yield* until("online", () => online(client))
      }
      for (const state of offline()) assert.isTrue(state._tag === "Offline" && state.retryIn <= 1_000)
    })
  )

  it.effect("is noticed when nothing is heard between two signs of life", () =>
    Effect.gen(function* () {
      const data = company()
      const server = serving(data)
      const client = yield* connect(server)
      yield* client.ready
      for (let tick = 0; tick < 3; tick++) yield* TestClock.adjust("120 seconds")
      assert.strictEqual(server.last.of("keepalive").length, 3)
      assert.isTrue(online(client))
      data.silent.add("keepalive")
      yield* TestClock.adjust("120 seconds")
      server.last.say({ class: "anything" })
      yield* TestClock.adjust("120 seconds")
      assert.isTrue(online(client), "any message counts")
      yield* TestClock.adjust("120 seconds")
      yield* until("noticed", () => !online(client))
      const state: ClientState = client.state()
      assert.isTrue(state._tag === "Offline" && state.reason._tag === "ClientTimeout")
      assert.isTrue(server.last.closed)
    })
  )

  it.effect("is noticed when the server takes nothing any more", () =>
    Effect.gen(function* () {
      const server = serving()
      const client = yield* connect(server)
      yield* client.ready
      server.stuck = true
      const call = yield* Effect.forkScoped(Effect.flip(client.agentLogin()), { startImmediately: true })
      yield* TestClock.adjust("129 seconds")
      assert.isTrue(online(client))
      yield* TestClock.adjust("1 seconds")
      yield* until("noticed", () => !online(client))
      assert.strictEqual((yield* Fiber.join(call))._tag, "ClientTransportError")
      assert.isTrue(server.last.closed)
    })
  )

  it.effect("stays lost when the login is refused the next time", () =>
    Effect.gen(function* () {
      const data = company()
      const server = serving(data)
      const client = yield* connect(server)
      data.refuse = { login_pass: "login_password" }
      server.last.drop()
      yield* until("offline", () => client.state()._tag === "Offline")
      yield* TestClock.adjust("1 seconds")
      const end = yield* client.ended
      assert.strictEqual(end._tag, "ClientLoginError")
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(server.sides.length, 2)
      assert.strictEqual((yield* Effect.flip(client.ready))._tag, "ClientLoginError")
      assert.deepEqual(
        (yield* Stream.runCollect(client.states)).map(({ _tag }) => _tag),
        ["Ended"]
      )
    })
  )

  it.effect("stays lost when the server tells this client to disconnect", () =>
    Effect.gen(function* () {
      const server = serving()
      const client = yield* connect(server)
      const events = yield* collect(client.events)
      server.last.say({ class: "disconnect", type: "force" })
      const end = yield* client.ended
      assert.isTrue(end._tag === "ClientEnded" && end.reason === "told_to_disconnect")
      assert.match(end.message, /force/)
      yield* until("the connection is closed", () => server.last.closed)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(server.sides.length, 1)
      assert.deepEqual(events.at(-1), { _tag: "Disconnect", type: "force" })
    })
  )
})

describe("the end", () => {
  it.effect("by logout tells the server, and closes", () =>
    Effect.gen(function* () {
      const server = serving()
      const client = yield* connect(server)
      yield* client.ready
      const events: Array<ClientEvent> = yield* collect(client.events)
      yield* client.logout
      assert.strictEqual(server.last.commands.at(-1)?.class, "logout")
      assert.isTrue(server.last.closed)
      const end = yield* client.ended
      assert.isTrue(end._tag === "ClientEnded" && end.reason === "logged_out")
      assert.strictEqual((yield* Effect.flip(client.keepAlive))._tag, "ClientOffline")
      assert.deepEqual(events, [])
    })
  )

  it.effect("of the scope closes the connection, ends the streams, and leaves nothing running", () =>
    Effect.gen(function* () {
      const server = serving()
      const run = yield* Effect.gen(function* () {
        const client = yield* connect(server)
        yield* client.ready
        return {
          client,
          streams: yield* Effect.forkDetach(
            Effect.all([Stream.runDrain(client.events), Stream.runDrain(client.boards), Stream.runDrain(client.states)], {
              concurrency: "unbounded"
            }),
            { startImmediately: true }
          )
        }
      }).pipe(Effect.scoped)
      assert.isTrue(server.last.closed)
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(run.streams)))
      const commands = server.last.commands.length
      yield* TestClock.adjust("1 hours")
      assert.strictEqual(server.last.commands.length, commands)
      assert.strictEqual(server.sides.length, 1)
    })
  )

  it.effect("of a reader who is slow costs him the oldest events, and never the server's line", () =>
    Effect.gen(function* () {
      const server = serving()
      const client = yield* connect(server)
      yield* client.ready
      const first = yield* Effect.forkScoped(
        client.events.pipe(
          Stream.tap(() => Effect.sleep("1 minutes")),
          Stream.take(2),
          Stream.runCollect
        ),
        { startImmediately: true }
      )
      for (let at = 0; at < 5_000; at++) server.last.say({ class: "ping", at })
      yield* Effect.yieldNow
      yield* TestClock.adjust("1 minutes")
      yield* TestClock.adjust("1 minutes")
      const kept = yield* Fiber.join(first)
      assert.isTrue(kept.every((event) => event._tag === "Unknown"))
      assert.strictEqual(client.counts().unknown, 5_000)
    })
  )
})
