/** Fast AGI (reference 8.4): what Asterisk says when the dialplan asks, and the variables that it is answered. */

/** A request, as its `agi_name: value` lines say it. */
export interface AgiRequest {
  /** What is asked: `presence`. */
  readonly script: string
  /** `agi_arg_1` and following. */
  readonly args: ReadonlyArray<string>
  readonly get: (name: string) => string
}

export interface AgiVariable {
  readonly name: string
  readonly value: string
}

/** Lines of a request that are kept; Asterisk sends about 25 and one for each argument. */
const MOST_LINES = 128

/** Gathers the lines of one request. */
export class AgiReader {
  readonly #values = new Map<string, string>()
  #lines = 0

  /** Null: more is to come. `too_long`: no Asterisk says so much. */
  push(line: string): AgiRequest | "too_long" | null {
    if (line === "") return this.#request()
    if (++this.#lines > MOST_LINES) return "too_long"
    const match = /^(agi_[a-z0-9_]+): ?(.*)$/.exec(line)
    if (match !== null) this.#values.set(match[1] ?? "", match[2] ?? "")
    return null
  }

  #request(): AgiRequest {
    const values = this.#values
    const get = (name: string): string => values.get(name) ?? ""
    const args: Array<string> = []
    for (let index = 1; values.has(`agi_arg_${index}`); index++) args.push(get(`agi_arg_${index}`))
    return { script: get("agi_network_script").replace(/^\//, "").replace(/\?.*$/, ""), args, get }
  }
}

/** Bytes of a command that Asterisk reads in one piece: `AGI_BUF_LEN` of its res_agi is 2048. */
const LONGEST = 2000

const encoder = new TextEncoder()

/**
 * A line `SET VARIABLE` for each variable. What Asterisk would take for an end of the value is escaped, what would end the line becomes
 * a space. Null: one of them is longer than Asterisk can read.
 */
export const setVariables = (variables: ReadonlyArray<AgiVariable>): ReadonlyArray<string> | null => {
  const lines = variables.map(
    ({ name, value }) => `SET VARIABLE ${name} "${value.replace(/[\p{Cc}\u2028\u2029]/gu, " ").replace(/["\\]/g, "\\$&")}"`
  )
  return lines.some((line) => encoder.encode(line).length > LONGEST) ? null : lines
}
