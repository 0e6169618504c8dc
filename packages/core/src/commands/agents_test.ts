import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { scenario, signIn } from "../memory_server_fixture.ts"
import { TelephonyError } from "../telephony/telephony.ts"
import { ScriptedTelephony } from "../testdata/scripted_telephony.ts"

const login = { class: "ipbxcommand", command: "agentlogin", agentphonenumber: "1001" }

describe("agentlogin", () => {
  it.effect("at a phone where another agent is logging in is told to be in use; what the PBX refuses otherwise is logged", () =>
    scenario(
      {},
      Effect.gen(function* () {
        const alice = yield* signIn("alice")
        const { answers, told } = yield* ScriptedTelephony
        const heard = Effect.fnUntraced(function* (reason: TelephonyError["reason"]) {
          answers.set("login", Effect.fail(new TelephonyError({ reason, operation: "agentLogin", message: "no" })))
          told.splice(0)
          alice.take()
          yield* alice.say(login)
          assert.deepStrictEqual(told, ["login 2001 PJSIP/1001"])
          return alice.take()
        })
        assert.deepStrictEqual(yield* heard("taken"), [{ class: "ipbxcommand", error_string: "agent_login_exten_in_use" }])
        assert.deepStrictEqual(yield* heard("refused"), [])
      })
    )
  )
})
