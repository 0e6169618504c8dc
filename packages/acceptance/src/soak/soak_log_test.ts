import { assert, describe, it } from "vitest"
import { readLogLine } from "../binary/log_entry.ts"
import { SoakLog } from "./soak_log.ts"

const entry = (level: string, message: string, more: object = {}) => readLogLine(JSON.stringify({ level, message, ...more }))

const logOf = (...ends: ReadonlyArray<readonly [port: number, cause: string]>): SoakLog => {
  const log = new SoakLog()
  for (const [port, cause] of ends) log.add(entry("info", "disconnected", { peer: `127.0.0.1:${port}`, cause }))
  return log
}

describe("the log of a soak", () => {
  it("has no error but those of a configuration that is to be refused, while it is", () => {
    const log = new SoakLog()
    log.refusing = true
    log.add(entry("error", "configuration refused"))
    log.add(entry("error", "internal error", { cause: "x" }))
    log.refusing = false
    log.add(entry("error", "configuration refused", { problem: "ctid.yml:1:1" }))
    log.add(readLogLine("(node:1) Warning: something leaks"))
    log.add(entry("warn", "pbx is out of reach"))
    assert.deepStrictEqual(log.unexpected, [
      "error: internal error cause=x",
      "error: configuration refused problem=ctid.yml:1:1",
      "stray: (node:1) Warning: something leaks"
    ])
    assert.strictEqual(log.counts.get("warn pbx is out of reach"), 1)
  })

  it("tells the end of each connection as its client does", () => {
    const log = logOf([1, "peer_closed"], [2, "connection_lost"], [1, "closed"])
    const ends = [
      { port: 1, causes: ["closed"] },
      { port: 2, causes: ["connection_lost", "peer_closed"] },
      { port: 1, causes: ["peer_closed"] }
    ]
    assert.deepStrictEqual(log.unexplainedEnds(ends), [])
  })

  it("betrays an end that the client did not make, and one that it tells otherwise", () => {
    const log = logOf([1, "write_timeout"], [2, "destroyed"])
    assert.deepStrictEqual(
      log.unexplainedEnds([
        { port: 1, causes: ["peer_closed"] },
        { port: 3, causes: ["closed"] }
      ]),
      [
        "the client at port 1 ended as peer_closed, the server says write_timeout",
        "the client at port 3 ended as closed, the server says nothing",
        "the server says that the client at port 1 ended as write_timeout, which no client did",
        "the server says that the client at port 2 ended as destroyed, which no client did"
      ]
    )
  })
})
