import { deflateSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { sheetXml } from "./sheet_payload.ts"

describe("the payload of a sheet", () => {
  const xml = "<profile><user>é</user></profile>"

  it("is base64 of the XML, or of its length and a zlib stream", () => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(Buffer.byteLength(xml))
    const payload = Buffer.concat([length, deflateSync(xml)]).toString("base64")
    assert.strictEqual(sheetXml({ class: "sheet", compressed: true, payload }), xml)
    assert.strictEqual(sheetXml({ class: "sheet", compressed: false, payload: Buffer.from(xml).toString("base64") }), xml)
    const sample = "AAAAIHicsykoyk/LzEm1syktTi2ys9GHUjBhAMHvC6c="
    assert.strictEqual(
      sheetXml({ class: "sheet", compressed: true, payload: sample }),
      "<profile><user></user></profile>\n".trim()
    )
  })

  it("is not looked for in other messages, and not believed when it is broken", () => {
    assert.isNull(sheetXml({ class: "keepalive", payload: "" }))
    assert.isNull(sheetXml({ class: "sheet", compressed: true, payload: "AAAA" }))
    const wrongLength = Buffer.concat([Buffer.alloc(4), deflateSync(xml)]).toString("base64")
    assert.isNull(sheetXml({ class: "sheet", compressed: true, payload: wrongLength }))
  })
})
