/** The XML of a call pop-up (reference 10.1): base64, and when compressed four bytes of length before a zlib stream. */
import { inflateSync } from "node:zlib"
import type { JsonObject } from "@ctid/testing/vectors/json"

/** Far above any pop-up. */
const LIMIT = 16 * 1024 * 1024

/** Null: not a sheet, or one that cannot be read. */
export const sheetXml = (message: JsonObject): string | null => {
  if (message.class !== "sheet" || typeof message.payload !== "string") return null
  const bytes = Buffer.from(message.payload, "base64")
  if (message.compressed !== true) return bytes.toString("utf8")
  try {
    const xml = inflateSync(bytes.subarray(4), { maxOutputLength: LIMIT })
    return bytes.readUInt32BE(0) === xml.length ? xml.toString("utf8") : null
  } catch {
    return null
  }
}
