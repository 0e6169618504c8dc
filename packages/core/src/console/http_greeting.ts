/** A web page can make a browser post anything to a port of this machine, but not without a first line of HTTP (RFC 9112, 3). */

const METHOD = /^(GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|PRI) /
const LINE = / HTTP\/\d/

/** Whether a first line, or as much of it as has come, is one of HTTP. No command of a side port is. */
export const looksLikeHttp = (beginning: string): boolean => METHOD.test(beginning) || LINE.test(beginning)
