/** The people on a real Asterisk once more, with the other AMI driver. */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { eventually } from "./eventually.ts"
import { scenario } from "./office.ts"

process.env.CTID_AMI_DRIVER = "asterisk-ami-client"

describe("over asterisk-ami-client", () => {
  scenario("the server says that this is its driver", ({ asterisk, server }) =>
    Effect.gen(function* () {
      const shown = `ami://127.0.0.1:${asterisk.info.port} (asterisk-ami-client)`
      yield* eventually("the link is logged", Effect.sync(server.log), (lines) => lines.some((line) => line.includes(shown)))
      assert.match(yield* asterisk.console("manager show connected"), /^\s+ctid\s/m)
    })
  )
})

await import("./presence_test.ts")
await import("./survival_test.ts")
