/** Text that means harm to whoever copies it into a line of his own: AMI headers, the log. */
import fc from "fast-check"

/** What would begin another header, another action or another line. */
export const LINE_BREAKERS: ReadonlyArray<string> = [
  "\r\n\r\nAction: Originate\r\nChannel: Local/1@default\r\nApplication: System\r\nData: id\r\n\r\n",
  "\r\nAction: Command\r\nCommand: core stop now\r\n",
  "\nVariable: HARM=1",
  "\rVariable: HARM=1",
  "\r\nPriority: 1",
  "\0Action: Logoff",
  "\n\n",
  "\r",
  "\n",
  "\0",
  "\u2028Action: Logoff",
  "\u0085Action: Logoff",
  "\u001b[2J\u001b]0;harm\u0007",
  "%0d%0aAction: Logoff",
  "\\r\\nAction: Logoff",
  "\u560d\u560aAction: Logoff"
]

/** What means something to a dial string, a path or a template. */
export const SEPARATORS: ReadonlyArray<string> = ["&PJSIP/9", ",bds", "|1", "@other", "/../x", "{context}", "$(id)", ";"]

/** One of the words, plain or spoilt; or nothing but harm; or long. */
export const hostileText = (words: ReadonlyArray<string>): fc.Arbitrary<string> => {
  const word = fc.constantFrom(...words, "")
  const harm = fc.constantFrom(...LINE_BREAKERS, ...SEPARATORS)
  return fc.oneof(
    { arbitrary: word, weight: 3 },
    { arbitrary: fc.tuple(word, harm).map(([text, end]) => text + end), weight: 4 },
    { arbitrary: fc.tuple(harm, word).map(([start, text]) => start + text), weight: 1 },
    { arbitrary: fc.string({ unit: "binary", maxLength: 40 }), weight: 1 },
    { arbitrary: fc.tuple(word, fc.integer({ min: 1_000, max: 5_000 })).map(([text, n]) => text + "x".repeat(n)), weight: 1 }
  )
}
