/** What an Asterisk reads inside TLS. */

/** Bytes that Asterisk reads at a time. */
const MOST = 1024
const LF = 0x0a

/**
 * Cuts actions into the TLS records in which they leave: whole lines, 1,024 bytes at most. Of a longer record Asterisk reads the beginning, and what
 * is left of it only when more comes from the network: actions that leave together in one record wait there for the next one, or for
 * ever (seen with Asterisk 22.10: of 100 actions in one record 29 were answered).
 */
export const amiRecords = (bytes: Uint8Array): ReadonlyArray<Uint8Array> => {
  const records: Array<Uint8Array> = []
  for (let at = 0; at < bytes.length; ) {
    const lines = bytes.length - at <= MOST ? bytes.length : bytes.lastIndexOf(LF, at + MOST - 1) + 1
    const end = lines > at ? lines : at + MOST
    records.push(bytes.subarray(at, end))
    at = end
  }
  return records
}
