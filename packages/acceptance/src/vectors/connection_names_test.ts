import type { Json } from "@ctid/testing/vectors/json"
import { readVectors } from "@ctid/testing/vectors/vector"
import { assert, describe, it } from "@effect/vitest"
import { freshConnections } from "./connection_names.ts"

const fresh = (loggedIn: ReadonlyArray<number>, send: Json, expect: Json): ReadonlyArray<string> => {
  const { vectors } = readVectors("some", [{ name: "case", area: "some", send, expect }])
  return vectors.flatMap((vector) => freshConnections(vector, loggedIn))
}

describe("the fresh connections of a vector", () => {
  it("are those it names that are no session's", () => {
    assert.deepStrictEqual(fresh([42], [{ via: "cti:42", raw: "x" }], [{ to: "none" }]), [])
    assert.deepStrictEqual(fresh([43], [{ via: "cti:new", raw: "x" }], [{ to: "cti:43", msg: { class: "a" } }]), ["cti:new"])
    assert.deepStrictEqual(fresh([42], [], [{ to: "none", conn: "cti:new" }]), ["cti:new"])
    assert.deepStrictEqual(fresh([42], [], [{ to: "closed", conn: "cti:new" }]), ["cti:new"])
  })

  it("are one even where none is named, when nobody is logged in", () => {
    assert.deepStrictEqual(fresh([], [], [{ to: "closed" }]), ["cti:new"])
    assert.deepStrictEqual(fresh([], [], [{ to: "none" }]), ["cti:new"])
  })

  it("are never those of a user who is not logged in", () => {
    assert.throws(() => fresh([42], [{ via: "cti:43", raw: "x" }], [{ to: "none" }]), /cti:43 is not logged in/)
  })
})
