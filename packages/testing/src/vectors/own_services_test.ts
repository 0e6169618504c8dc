import { assert, describe, it } from "@effect/vitest"
import { ownServices } from "./own_services.ts"

describe("services that no PBX keeps", () => {
  it("are set by commands of the users who have them", () => {
    const users = [
      { id: 42, incallfilter: 1, enableunc: 0, destunc: "1002", enablebusy: 1, destbusy: "1003" },
      { id: 43, incallfilter: 0, destrna: "" }
    ]
    assert.deepStrictEqual(ownServices({ users }), [
      {
        user: "42",
        commands: [
          { class: "featuresput", function: "incallfilter", value: true },
          { class: "featuresput", function: "fwd", value: { enableunc: false, destunc: "1002" } }
        ]
      },
      { user: "43", commands: [] }
    ])
  })
})
