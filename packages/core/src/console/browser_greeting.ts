/**
 * A web page can make a browser send almost anything to a port of this machine, but not without a beginning of the browser's own: a
 * request line (RFC 9112, section 3), or the record of a TLS handshake (RFC 8446, section 5.1).
 */

const METHOD = /^(GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|PRI) /
const LINE = / HTTP\/\d/
const HANDSHAKE = "\u0016"

/** Whether a first line, or as much of it as has come, is a browser's. No command of a side port is. */
export const looksLikeBrowser = (beginning: string): boolean =>
  METHOD.test(beginning) || LINE.test(beginning) || beginning.startsWith(HANDSHAKE)
