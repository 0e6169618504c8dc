/** Which connections a vector speaks of. */
import { Malformed } from "@ctid/testing/vectors/reader"
import type { Vector } from "@ctid/testing/vectors/vector"

const named = (vector: Vector): ReadonlyArray<string> => [
  ...vector.send.flatMap((send) => ("connection" in send ? [send.connection] : [])),
  ...vector.expect.flatMap((expectation) => {
    if (expectation._tag === "Closed") return expectation.connection ?? []
    return "place" in expectation && expectation.place._tag === "Connection" ? [expectation.place.name] : []
  })
]

/**
 * The fresh connections of a vector (`cti:new`): those it names which are no session's. Where nobody is logged in there is one
 * even if it is not named: the login timeout and the STARTTLS offer are seen by a client that says nothing.
 */
export const freshConnections = (vector: Vector, loggedIn: ReadonlyArray<number>): ReadonlyArray<string> => {
  const sessions = new Set(loggedIn.map((id) => `cti:${id}`))
  const names = new Set(named(vector).filter((name) => !sessions.has(name)))
  for (const name of names) {
    if (/^cti:\d+$/.test(name)) throw new Malformed(`${name} is not logged in`)
  }
  if (names.size === 0 && loggedIn.length === 0) names.add("cti:new")
  return [...names]
}
