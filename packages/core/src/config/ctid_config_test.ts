import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"
import { collections, decodeConfig, positionIn, sections } from "./ctid_config.ts"
import { DEFAULT_SERVER_UUID } from "./server_sections.ts"
import { defaultSettings } from "./settings.ts"

const hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA"
const minimal = {
  ami: { password: "hunter2" },
  users: [{ id: 1, login: "alice", password: hash, lines: [11] }],
  lines: [{ id: 11, number: 1001 }]
}

const digest = Digest.layerWebCrypto
const decode = (data: unknown) => decodeConfig(data, positionIn("ctid.yml")).pipe(Effect.provide(digest))

/** The problems as `path: expected`. */
const refused = (data: unknown) =>
  decode(data).pipe(
    Effect.flip,
    Effect.map((error) => error.problems.map(({ path, found, expected }) => `${path}: ${found}, ${expected}`))
  )

describe("decodeConfig", () => {
  it.effect("makes a working server of one user, one line and an AMI password", () =>
    Effect.gen(function* () {
      const config = yield* decode(minimal)
      assert.deepStrictEqual(config.settings, defaultSettings)
      assert.deepStrictEqual(config.notices, [])
      const [user] = config.directory.users
      assert.deepInclude(user, { login: "alice", fullName: "alice", profileId: 1, lineIds: [11], enabled: true })
      assert.strictEqual(config.directory.serverUuid, DEFAULT_SERVER_UUID)
      assert.deepInclude(config.directory.lines[0], { device: "PJSIP/1001", number: "1001", context: "default", userId: 1 })
      const [profile] = config.directory.profiles
      assert.strictEqual(profile?.name, "Client")
      assert.sameMembers(
        [...(config.directory.presenceGroups[0]?.presences.keys() ?? [])],
        ["available", "away", "outtolunch", "donotdisturb", "berightback", "disconnected"]
      )
      assert.strictEqual(Redacted.value(config.ami.password), "hunter2")
    })
  )

  it.effect("has the defaults of the options page, but for the documented deviations", () =>
    Effect.gen(function* () {
      const { listeners, ami, settings } = yield* decode(minimal)
      assert.deepStrictEqual(listeners, {
        // The original: 0.0.0.0.
        cti: { enabled: true, address: "127.0.0.1", port: 5003, encryption: "off" },
        // The original: on, and it failed without a certificate.
        ctis: { enabled: false, address: "0.0.0.0", port: 5013 },
        webInterface: { enabled: true, address: "127.0.0.1", port: 5004 },
        info: { enabled: true, address: "127.0.0.1", port: 5005 },
        announce: { enabled: true, address: "127.0.0.1", port: 5006 },
        fastAgi: { enabled: true, address: "127.0.0.1", port: 5002 }
      })
      assert.deepInclude(ami, { username: "xivo_cti_user", address: "127.0.0.1", port: 5038, tls: null })
      assert.deepInclude(settings, { loginTimeout: 5000, socketTimeout: 10_000, contextSeparation: false, version: "any" })
      // The original had a password that everybody knew.
      assert.deepStrictEqual(yield* refused({ ...minimal, ami: {} }), [
        "ami.password: nothing, a secret of 1 to 255 characters, on one line"
      ])
    })
  )

  it.effect("gives a user without a uuid always the same one, version 5 of the server's", () =>
    Effect.gen(function* () {
      const uuidOf = (data: object) => Effect.map(decode({ ...minimal, ...data }), ({ directory }) => directory.users[0]?.uuid)
      // Made with another implementation of RFC 9562.
      assert.strictEqual(yield* uuidOf({}), "3418110b-0c77-561b-9950-37f2b63cac94")
      const other = yield* uuidOf({ server: { uuid: "6F0E8C1A-0000-4000-8000-0000000000AA" } })
      assert.match(other ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      assert.notStrictEqual(other, "3418110b-0c77-561b-9950-37f2b63cac94")
      assert.strictEqual(
        yield* uuidOf({ users: [{ ...minimal.users[0], uuid: "11111111-2222-4333-8444-555555555555" }] }),
        "11111111-2222-4333-8444-555555555555"
      )
    })
  )

  it.effect("takes seconds with a fraction, sizes with a unit, switches as on, off, yes and no", () =>
    Effect.gen(function* () {
      const { settings } = yield* decode({
        ...minimal,
        server: { context_separation: "on", protocol_version: 2.1 },
        timeouts: { login: 0.25, socket: "2.50" },
        limits: { outbox: "64 KiB", line_before_login: 2048 }
      })
      assert.deepInclude(settings, { contextSeparation: true, version: "2.1", loginTimeout: 250, socketTimeout: 2500 })
      assert.strictEqual(settings.limits.outbox, 65_536)
      assert.strictEqual(settings.limits.lineBeforeLogin, 2048)
    })
  )

  it.effect("joins lines to users from either side, the main line first", () =>
    Effect.gen(function* () {
      const { directory } = yield* decode({
        ...minimal,
        users: [{ ...minimal.users[0], lines: [12, 11] }],
        lines: [
          { id: 11, number: 1001 },
          { id: 12, number: 1002 },
          { id: 13, number: 1003, user: 1 },
          { id: 14, number: 1004 }
        ]
      })
      assert.deepStrictEqual(directory.users[0]?.lineIds, [12, 11, 13])
      assert.deepStrictEqual(
        directory.lines.map((line) => line.userId),
        [1, 1, 1, null]
      )
    })
  )

  it.effect("tells a refused item and what is wrong elsewhere at once, without blaming references to it", () =>
    Effect.gen(function* () {
      const problems = yield* refused({
        ...minimal,
        lines: [{ id: 11, number: "10 01" }],
        agents: [{ id: 7, number: 1, queues: ["sales"] }],
        timeouts: { login: -1 },
        log: { level: "loud" }
      })
      assert.deepStrictEqual(
        problems.map((problem) => problem.split(":")[0]),
        ["timeouts.login", "log.level", "lines[0].number", "agents[0].queues[0]"]
      )
    })
  )

  it.effect("says once what is accepted and should be known, only where it was asked for", () =>
    Effect.gen(function* () {
      const { notices } = yield* decode({
        ...minimal,
        users: [
          { id: 1, login: "alice", plain_password: "s3cret", lines: [11] },
          { id: 2, login: "bob", plain_password: "s3cret" }
        ],
        server: { context_separation: true },
        timeouts: { update_period: 60 },
        listeners: {
          info: { address: "::" },
          web_interface: { enabled: false, address: "::" },
          cti: { address: "0.0.0.0", allow_clear_text: true }
        },
        tls: { minimum_version: "TLSv1.1" },
        external_servers: [{ label: "x", login: "y", password: "s3cret" }],
        presence_groups: { xivo: presences({ actions: { queueadd: "a", nonsense: "" } }) }
      })
      assert.deepStrictEqual(
        notices.map(({ path }) => path),
        [
          "timeouts.update_period",
          "external_servers",
          "listeners.cti.allow_clear_text",
          "listeners.info.address",
          "tls.minimum_version",
          "users[0].plain_password",
          "users[1]",
          "presence_groups.xivo.away.actions.queueadd",
          "presence_groups.xivo.away.actions.nonsense"
        ]
      )
      assert.notInclude(JSON.stringify(notices), "s3cret")
    })
  )

  it.effect("reads what phones are told of presences, and which one the system takes when", () =>
    Effect.gen(function* () {
      const group = (more: object) => ({
        available: { color: "#000000", phone_state: "available", allowed: ["away"] },
        away: { color: "#000000", phone_state: "xa", phone_lamp: true, automatic: "idle", idle_after: 60 },
        disconnected: { color: "#000000" },
        ...more
      })
      const { directory, telephony } = yield* decode({ ...minimal, presence_groups: { office: group({}) } })
      const presences = directory.presenceGroups.find(({ name }) => name === "office")?.presences
      assert.deepInclude(presences?.get("away"), { phoneState: "xa", phoneLamp: true, automatic: "idle", idleAfter: 60_000 })
      assert.deepStrictEqual(Object.keys(presences?.get("disconnected") ?? {}), [
        "name",
        "longName",
        "color",
        "allowed",
        "actions"
      ])
      assert.deepInclude(telephony.templates, {
        presence: "CustomPresence:{exten}@{context}",
        presenceLamp: "Custom:{presence}.{exten}@{context}"
      })
      const busy = { color: "#000000", automatic: "idle", phone_state: "busy" }
      assert.deepStrictEqual(yield* refused({ ...minimal, presence_groups: { office: group({ busy }) } }), [
        'presence_groups.office.busy.phone_state: "busy", one of not_set, unavailable, available, away, xa, chat, dnd, or null'
      ])
      const second = { color: "#000000", automatic: "idle" }
      assert.deepStrictEqual(yield* refused({ ...minimal, presence_groups: { office: group({ second }) } }), [
        "presence_groups.office.second.automatic: another one, idle for one presence of a group (away has it)"
      ])
      const disconnected = { color: "#000000", automatic: "idle" }
      assert.include(
        yield* refused({ ...minimal, presence_groups: { office: group({ disconnected }) } }),
        'presence_groups.office.disconnected.automatic: "idle", null: disconnected is who has no session'
      )
      for (const templates of [
        { presence: "Custom:{exten}" },
        { presence: "CustomPresence:{context}" },
        { presence_lamp: "Custom:{exten}" },
        { presence_lamp: "Custom:{presence}) {exten}" }
      ]) {
        assert.strictEqual((yield* refused({ ...minimal, telephony: { templates } })).length, 1, JSON.stringify(templates))
      }
    })
  )

  it.effect("knows every section and no other", () =>
    Effect.gen(function* () {
      const all = Object.fromEntries([...Object.keys(sections), ...collections].map((name) => [name, null]))
      yield* decode({ ...all, ...minimal })
      assert.include((yield* refused({ ...minimal, lins: [] }))[0], '"lines" (did you mean it?)')
    })
  )

  it.effect("refuses anything that is no configuration without a crash, and never shows a secret", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(anything, fc.constantFrom(...Object.keys(sections), ...collections), async (value, name) => {
          const data = { ...minimal, ami: { password: ["hunter2"], plain_password: "hunter2" }, [name]: value }
          const result = await Effect.runPromise(Effect.result(decode(data)))
          if (result._tag === "Failure") {
            assert.isNotEmpty(result.failure.problems)
            assert.notInclude(result.failure.message, "hunter2")
          }
        }),
        { numRuns: 300 }
      )
    )
  )
})

const anything = fc.anything({
  withNullPrototype: true,
  key: fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom("id", "login", "lines", "password", "xivo", "available", "cti", "queues")
  )
})

const presences = (away: object) => ({
  available: { color: "#9BC920" },
  away: { color: "#FFDD00", ...away },
  disconnected: { color: "#9E9E9E" }
})
