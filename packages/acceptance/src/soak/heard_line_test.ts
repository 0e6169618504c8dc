import { assert, describe, it } from "vitest"
import { HeardLines, mayHear } from "./heard_line.ts"

/** User 5012 moves from company 5 to company 6. */
const lines = new HeardLines((id) => new Set(id === 5012 ? [5, 6] : [Math.floor(id / 1000)]))
const heardBy = (line: object | string, ...companies: ReadonlyArray<number>): boolean =>
  mayHear(lines.read(typeof line === "string" ? line : JSON.stringify(line)), new Set(companies))

const getlist = { class: "getlist", listname: "users", tipbxid: "xivo" }

describe("a heard line", () => {
  it("of one company may not be heard in another, whether an id tells it or a text", () => {
    const told = [
      { ...getlist, function: "addconfig", list: ["4001", "4002"] },
      { ...getlist, function: "updatestatus", tid: "4001", status: { availstate: "away" } },
      { class: "agent_status_update", data: { agent_id: 4001, status: "logged_in" } },
      { ...getlist, listname: "queuemembers", function: "addconfig", list: ["PJSIP/k-0004-50,q-k-0004"] }
    ]
    for (const line of told) {
      assert.isTrue(heardBy(line, 4))
      assert.isFalse(heardBy(line, 5))
    }
  })

  it("of two companies may be heard in neither", () => {
    assert.isFalse(heardBy({ ...getlist, function: "listid", list: ["4001", "5001"] }, 4))
  })

  it("of somebody who moves may be heard in both of his companies", () => {
    const line = { ...getlist, function: "addconfig", list: ["5012"] }
    assert.deepStrictEqual(
      [4, 5, 6].map((company) => heardBy(line, company)),
      [false, true, true]
    )
  })

  it("that answers nothing about an object of another company may be heard", () => {
    assert.isTrue(heardBy({ ...getlist, function: "updateconfig", tid: "4001", config: {} }, 5))
    assert.isFalse(heardBy({ ...getlist, function: "updateconfig", tid: "4001", config: { firstname: "x" } }, 5))
  })

  it("that is no message is none", () => {
    for (const line of ["{", "[]", '"x"', '{"klass":"x"}']) assert.isNull(lines.read(line).message)
  })
})
