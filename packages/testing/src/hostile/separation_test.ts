import { commandForms, LIST_NAMES } from "@ctid/core/protocol/client_command"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import fc from "fast-check"
import { type ClientMessage, clientMessage, everyMessage } from "./client_message.ts"
import {
  type Companies,
  knownFields,
  knownNumbers,
  knownWords,
  type Office,
  openOffice,
  runQuietly,
  SERVER_UUID
} from "./two_companies_fixture.ts"

/** People of company a, and one without a line, who has none. */
const ATTACKERS = ["alice", "bob", "noline"] as const
const VICTIMS = ["carol", "dave"] as const

const attack = fc.record({
  by: fc.constantFrom(...ATTACKERS, ATTACKERS[0]),
  message: clientMessage(
    { text: fc.constantFrom(...knownWords), numbers: knownNumbers, fields: knownFields },
    // after it nothing is listened to any more
    commandForms.filter((form) => form.class !== "logout")
  )
})

const command = (name: string, fields: object): ClientMessage => ({ class: "ipbxcommand", command: name, ...fields })

/** What happens in company b meanwhile. */
const days: ReadonlyArray<(office: Office, carol: Say, dave: Say) => Effect.Effect<unknown>> = [
  (_, carol) => carol({ class: "availstate", availstate: "donotdisturb" }),
  (_, carol) => carol({ class: "availstate", availstate: "away" }),
  (_, carol) => carol(command("agentlogin", {})),
  (_, carol) => carol(command("agentlogout", { agentids: "agent:xivo/9" })),
  (_, __, dave) => dave(command("agentlogin", { agentids: "xivo/10", agentphonenumber: "1002" })),
  (_, carol) => carol(command("queuepause", { member: "agent:xivo/9", queue: "queue:xivo/all" })),
  (_, carol) => carol(command("queueadd", { member: "agent:xivo/9", queue: "queue:xivo/34" })),
  (_, __, dave) => dave({ class: "featuresput", function: "fwd", value: { enableunc: true, destunc: "0612" } }),
  (_, __, dave) => dave({ class: "featuresput", function: "enablerecording", value: true, target: "3" }),
  (_, __, dave) => dave({ class: "featuresput", function: "incallfilter", value: true }),
  ({ asterisk }) => asterisk.setDeviceState("PJSIP/phone13", "INUSE"),
  ({ asterisk }) => asterisk.setDeviceState("PJSIP/phone13", "NOT_INUSE"),
  ({ asterisk }) => asterisk.setVoicemail("1001", "b", 3),
  ({ asterisk }) => asterisk.addMember("vip", { interface: "PJSIP/phone14", name: "PJSIP/phone14" })
]
type Say = (...messages: ReadonlyArray<ClientMessage>) => Effect.Effect<void>

const registerAll: ReadonlyArray<ClientMessage> = ["user", "agent", "endpoint"].map((kind) => ({
  class: `register_${kind}_status_update`,
  [`${kind}_ids`]: knownNumbers.map((id) => [SERVER_UUID, id])
}))

const objectsOfB = (...ids: ReadonlyArray<number>): ReadonlyArray<string> => ids.flatMap((id) => [String(id), `xivo/${id}`])

/** Values that mean something of company b. */
const aimedAtB: Readonly<Record<string, ReadonlyArray<unknown>>> = {
  function: ["listid", "updateconfig", "updatestatus", "enablednd", "incallfilter", "enablerecording", "fwd"],
  listname: LIST_NAMES,
  tid: [3, ...objectsOfB(3, 13, 9, 33, 22), "Agent/7009,sales", "PJSIP/phone14,sales", "sales"],
  value: [true, { enableunc: true, destunc: "1001", enablebusy: true, destbusy: "1002" }],
  target: objectsOfB(3, 4),
  agentids: objectsOfB(9, 10),
  agentphonenumber: ["1001", "1002"],
  member: objectsOfB(9, 10),
  queue: [...objectsOfB(33, 34), "queue:xivo/all"],
  destination: objectsOfB(9, 10),
  availstate: ["away"],
  to: ["3", "4"].map((id) => [SERVER_UUID, `0b7e9a1c-3d52-4c86-8f14-00000000000${id}`]),
  alias: ["alice"],
  text: ["hello"],
  user_ids: [[3, 4, "0b7e9a1c-3d52-4c86-8f14-000000000003"].map((id) => [SERVER_UUID, id])],
  agent_ids: [[9, 10].map((id) => [SERVER_UUID, id])],
  endpoint_ids: [[13, 14].map((id) => [SERVER_UUID, id])],
  userlogin: ["carol"],
  wazoversion: ["2.3"],
  password: ["carol-word"],
  capaid: [3],
  state: ["away"],
  status: [true]
}

/** Fields that name no object. */
const NAMES_NOTHING: ReadonlySet<string> = new Set([
  "commandid",
  "presenceterms",
  "note",
  "until",
  "infos",
  "hashedpassword",
  "xivoversion",
  "lastconnwins",
  "loginkind",
  "agentlogin"
])

interface Step {
  readonly attack: { readonly by: (typeof ATTACKERS)[number]; readonly message: ClientMessage } | null
  readonly day: number
}

/** What the PBX has of company b. */
const stateOfB = ({ asterisk }: Office): unknown => ({
  members: ["sales", "vip"].map((queue) => asterisk.queueMembers(queue)),
  services: ["DND", "CF", "CFB", "CFU"].map((family) => ["1001", "1002"].map((exten) => asterisk.astDb(family, `b-${exten}`))),
  devices: ["PJSIP/phone13", "PJSIP/phone14", "Custom:DNDb-1001", "Custom:CFb-1001"].map((device) =>
    asterisk.deviceState(device)
  ),
  queueLog: asterisk.queueLog().filter((entry) => /700?[19]/.test(entry.interface) && !/7007|7008/.test(entry.interface)),
  channels: asterisk.channels().filter((channel) => /phone1[34]/.test(channel))
})

interface Seen {
  readonly attackers: unknown
  readonly victims: unknown
  readonly stateOfB: unknown
}

/** Everybody signs in and registers for everything he can name; then the steps. */
const run = (companies: Companies, steps: ReadonlyArray<Step>, attacked: boolean, tied = false): Promise<Seen> =>
  runQuietly(
    Effect.gen(function* () {
      const office = yield* openOffice(companies, { tied })
      if (tied) {
        // agents and phones of both companies in queues of both, as the PBX has it
        for (const name of ["support", "sales"]) {
          yield* office.asterisk.addMember(name, { interface: "PJSIP/phone11", name: "Agent/7007" })
          yield* office.asterisk.addMember(name, { interface: "PJSIP/phone14", name: "Agent/7009" })
          yield* office.asterisk.addMember(name, { interface: "PJSIP/phone13", name: "PJSIP/phone13" })
        }
        // an agent of a company at a phone of the other
        yield* office.asterisk.addMember("support", {
          interface: "Local/8@agents",
          stateInterface: "PJSIP/phone14",
          name: "Agent/7008"
        })
      }
      const attackers = yield* Effect.forEach(ATTACKERS, office.signIn)
      const victims = companies === "both" && !tied ? yield* Effect.forEach(VICTIMS, office.signIn) : []
      for (const client of [...attackers, ...victims]) yield* client.say(...registerAll)
      for (const step of steps) {
        const by = attackers[ATTACKERS.indexOf(step.attack?.by ?? "alice")]
        if (attacked && step.attack !== null && by !== undefined) yield* by.say(step.attack.message)
        const [carol, dave] = victims
        const day = days[step.day]
        if (carol !== undefined && dave !== undefined && day !== undefined) {
          yield* day(office, carol.say, dave.say)
          // waits until all of it is told
          yield* carol.say({ class: "keepalive" })
        }
      }
      return {
        attackers: attackers.map((client) => client.take()),
        victims: victims.map((client) => client.take()),
        stateOfB: stateOfB(office)
      }
    })
  )

/** Ids, numbers and names of company b, at the end of a fact; extensions are those of company a too, but at phone12 is no agent. */
const OF_B = /( = "?(3|4|9|1[034]|22|3[34]|.*(sales|vip|phone1[34]|70(09|10)|carol|dave).*)"?|phonenumber = "1002")$/

/** Queue members follow their queue (reference 6): who serves a queue of company a is known there. */
const OF_OWN_QUEUE = /(list\.|tid) = "[^"]*,(support|callback)"$/

/** Every value that was told, by the names of the fields above it. */
const factsOf = (value: unknown, path = ""): Set<string> => {
  if (typeof value !== "object" || value === null) return new Set([`${path} = ${JSON.stringify(value)}`])
  const below = Array.isArray(value) ? value.map((item) => ["", item] as const) : Object.entries(value)
  return new Set(below.flatMap(([name, item]) => [...factsOf(item, `${path}.${name}`)]))
}

/** Examples, drawn anew each time, and no laws: one takes a tenth of a second, two servers and up to thirty steps long. */
const examples = { numRuns: 20 }

const steps = fc.array(fc.record({ attack, day: fc.nat(days.length - 1) }), { minLength: 1, maxLength: 30, size: "max" })

describe("while contexts are separated, by examples", () => {
  it(
    "nothing that a client says makes him hear anything of another company",
    () =>
      fc.assert(
        fc.asyncProperty(steps, async (all) => {
          const [together, alone] = [await run("both", all, true), await run("a alone", all, true)]
          // what he hears is what he would hear if the other company did not exist
          assert.deepStrictEqual(together.attackers, alone.attackers)
        }),
        examples
      ),
    60_000
  )

  it(
    "nothing that a client says changes anything of another company, or is heard there",
    () =>
      fc.assert(
        fc.asyncProperty(steps, async (all) => {
          const [attacked, quiet] = [await run("both", all, true), await run("both", all, false)]
          assert.deepStrictEqual(attacked.victims, quiet.victims)
          assert.deepStrictEqual(attacked.stateOfB, quiet.stateOfB)
        }),
        examples
      ),
    60_000
  )

  it(
    "ids of another company are named nowhere, even where the PBX has people of both in one queue, but as members of one's own",
    () =>
      fc.assert(
        fc.asyncProperty(steps, async (all) => {
          const still = all.map((step) => ({ ...step, day: -1 }))
          const [together, alone] = [await run("both", still, true, true), await run("a alone", still, true, true)]
          const known = factsOf(alone.attackers)
          assert.deepStrictEqual(
            [...factsOf(together.attackers)].filter((fact) => !known.has(fact) && OF_B.test(fact) && !OF_OWN_QUEUE.test(fact)),
            []
          )
        }),
        examples
      ),
    60_000
  )

  it("an agent at a phone of another company is shown without its extension, when asked for and when he changes", async () => {
    const messages: ReadonlyArray<ClientMessage> = [
      { class: "getlist", function: "updatestatus", listname: "agents", tid: "8", tipbxid: "xivo" },
      command("queuepause", { member: "agent:xivo/8", queue: "queue:xivo/all" })
    ]
    const shots: ReadonlyArray<Step> = messages.map((message) => ({ attack: { by: "alice", message }, day: -1 }))
    const [together, alone] = [await run("both", shots, true, true), await run("a alone", shots, true, true)]
    const shown = ({ attackers }: Seen) =>
      [...factsOf(attackers)].filter((fact) => /status\.(phonenumber|channel) = /.test(fact))
    assert.deepStrictEqual(shown(together), ["...status.phonenumber = null", '...status.channel = "PJSIP/phone14"'])
    assert.deepStrictEqual(shown(together), shown(alone))
  }, 60_000)

  it("each command aimed at each object of another company does and tells nothing", async () => {
    const messages = commandForms
      .filter((form) => form.class !== "logout")
      .flatMap((form) => everyMessage(form, (field) => aimedAtB[field] ?? []))
    assert.isAbove(messages.length, 500)
    // a field that a new command brings is aimed too
    const fields = commandForms.flatMap((form) => form.fields.ast.propertySignatures.map(({ name }) => String(name)))
    assert.deepStrictEqual(
      fields.filter((field) => !Object.hasOwn(aimedAtB, field) && !NAMES_NOTHING.has(field)),
      []
    )
    const shots: ReadonlyArray<Step> = messages.map((message) => ({ attack: { by: "alice", message }, day: -1 }))
    const [together, alone, quiet] = [
      await run("both", shots, true),
      await run("a alone", shots, true),
      await run("both", shots, false)
    ]
    assert.deepStrictEqual(together.attackers, alone.attackers)
    assert.deepStrictEqual([together.victims, together.stateOfB], [quiet.victims, quiet.stateOfB])
  }, 60_000)

  it("the other company is alive meanwhile", async () => {
    const {
      victims,
      attackers,
      stateOfB: state
    } = await run(
      "both",
      days.map((_, day) => ({ attack: null, day })),
      false
    )
    assert.isAbove(JSON.stringify(victims).length, 5_000)
    assert.include(JSON.stringify(state), "0612")
    assert.notInclude(JSON.stringify(attackers), "0612")
  })
})
