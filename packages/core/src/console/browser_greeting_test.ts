import { assert, describe, it } from "@effect/vitest"
import { looksLikeBrowser } from "./browser_greeting.ts"

describe("the beginning of a browser's request", () => {
  it.each([
    "GET / HTTP/1.1",
    "POST /x?y=1 HTTP/1.1",
    "OPTIONS * HTTP/1.1",
    "PRI * HTTP/2.0",
    "POST ",
    "XIVO /[cticonfig,update] HTTP/1.0",
    "help HTTP/1.1",
    "\u0016\u0003\u0001\u0002",
    "\u0016"
  ])("%j is one", (beginning) => {
    assert.isTrue(looksLikeBrowser(beginning))
  })

  it.each([
    "",
    "GET",
    "get / ",
    "xivo[cticonfig,update]",
    "sync:core show version",
    "showlist users",
    "agi_request: agi://127.0.0.1/presence",
    "help http",
    "HTTP/1.1"
  ])("%j is none, or not yet", (beginning) => {
    assert.isFalse(looksLikeBrowser(beginning))
  })
})
