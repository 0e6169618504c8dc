import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { openOffice, runQuietly } from "./two_companies_fixture.ts"

const packet = (...lines: ReadonlyArray<string>): Uint8Array => new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`)

const statusOf = (id: string) => ({ class: "getlist", function: "updatestatus", listname: "phones", tid: id })

/** What a dialplan that copies a caller's text into an event can make of it. */
const forged = [
  packet("Event: ExtensionStatus", "Exten: 1001", "Context: a", "Hint: PJSIP/phone11", "Status: 8", "StatusText: Ringing"),
  packet("Event: QueueMemberAdded", "Queue: support", "MemberName: Agent/7008", "Interface: PJSIP/phone12", "Paused: 0"),
  packet("Event: MessageWaiting", "Mailbox: 1001@a", "Waiting: 1", "New: 99", "Old: 0")
]

describe("events that a dialplan forges", () => {
  it("are believed until Asterisk is asked for everything again", () =>
    runQuietly(
      Effect.gen(function* () {
        const office = yield* openOffice("both")
        const alice = yield* office.signIn("alice")
        const phone = Effect.gen(function* () {
          yield* alice.say(statusOf("11"))
          const told = alice.take().findLast((message) => message.listname === "phones" && message.tid === "11")
          return told?.status
        })
        assert.deepStrictEqual(yield* phone, { hintstatus: "0" })
        for (const event of forged) yield* office.asterisk.emitRaw(event)
        yield* alice.say({ class: "keepalive" })
        assert.deepStrictEqual(yield* phone, { hintstatus: "8" })
        yield* TestClock.adjust("5 minutes")
        yield* alice.say({ class: "keepalive" })
        assert.deepStrictEqual(yield* phone, { hintstatus: "0" })
        const status = (listname: string, tid: string) =>
          Effect.map(
            alice.say({ class: "getlist", function: "updatestatus", listname, tid }),
            () => alice.take().at(-1)?.status
          )
        assert.deepInclude(yield* status("agents", "8"), { availability: "logged_out", phonenumber: null })
        assert.deepStrictEqual(yield* status("voicemails", "21"), { new: "0" })
      })
    ))

  it("of the class where dialplans tell their variables are not even asked for", () =>
    runQuietly(
      Effect.gen(function* () {
        const { written } = yield* openOffice("both")
        const [mask] = /^EventMask: .*$/m.exec(written()) ?? []
        assert.strictEqual(mask?.trim(), "EventMask: system,call,agent,user")
      })
    ))
})
