/** What is written as text must be one action. */

/** A line end of Asterisk's: CR LF, and each of CR, LF and NUL alone. */
const ODD_LINE_END = /\r(?!\n)|(?<!\r)\n|\0/

/** Says why a text is not the lines of exactly one action with an ActionID of its own; null: it is. */
export const notOneAction = (text: string): string | null => {
  if (!text.endsWith("\r\n\r\n") || text.indexOf("\r\n\r\n") !== text.length - 4) return "it is not one packet"
  if (ODD_LINE_END.test(text)) return "it holds a CR, LF or NUL that would end a line"
  const names = text
    .slice(0, -4)
    .split("\r\n")
    .map((line) => line.slice(0, line.indexOf(":")).toLowerCase())
  if (names[0] !== "action" || names.lastIndexOf("action") !== 0) return "it does not begin with its only Action header"
  const id = names.indexOf("actionid")
  return id < 0 || names.lastIndexOf("actionid") !== id ? "it has not exactly one ActionID" : null
}
