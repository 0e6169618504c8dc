/** A line that a client heard: the message in it, and of which companies it tells something. */
import { companiesIn, companyOfId } from "./population.ts"

export interface Message {
  readonly class: string
  readonly [key: string]: unknown
}

export interface HeardLine {
  /** Null: it is no JSON object with a class, which no server may send. */
  readonly message: Message | null
  /** For each object that it tells of, the companies whose people may know of it. */
  readonly subjects: ReadonlyArray<ReadonlySet<number>>
}

/** Companies that may know of an object: more than one where it moves in the reload. */
export type CompaniesOf = (id: number) => ReadonlySet<number>

/** Lines that are remembered: the same one comes to all people of a company at about the same time. */
const REMEMBERED = 2000

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || (isObject(value) && Object.keys(value).length === 0)

const numbers = (values: ReadonlyArray<unknown>): ReadonlyArray<number> =>
  values.flatMap((value) => {
    const number = typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN
    return Number.isSafeInteger(number) ? [number] : []
  })

/** Ids in it of objects that it says something about: an empty answer says nothing. */
const idsIn = (message: Message): ReadonlyArray<number> => {
  if (message.class === "getlist") {
    if (Array.isArray(message.list)) return numbers(message.list)
    return isEmpty(message.config) && isEmpty(message.status) ? [] : numbers([message.tid])
  }
  const { data } = message
  return isObject(data) ? numbers([data.user_id, data.agent_id, data.endpoint_id]) : []
}

const parse = (line: string): Message | null => {
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) && typeof value.class === "string" ? { ...value, class: value.class } : null
  } catch {
    return null
  }
}

export class HeardLines {
  readonly #companiesOf: CompaniesOf
  readonly #known = new Map<string, HeardLine>()

  constructor(companiesOf: CompaniesOf = (id) => new Set([companyOfId(id)])) {
    this.#companiesOf = companiesOf
  }

  read(line: string): HeardLine {
    const known = this.#known.get(line)
    if (known !== undefined) return known
    const message = parse(line)
    const ids = message === null ? [] : idsIn(message)
    const heard: HeardLine = {
      message,
      subjects: [...ids.map(this.#companiesOf), ...[...companiesIn(line)].map((company) => new Set([company]))]
    }
    if (this.#known.size >= REMEMBERED) this.#known.clear()
    this.#known.set(line, heard)
    return heard
  }
}

/** Whether somebody of these companies may hear it. */
export const mayHear = ({ subjects }: HeardLine, companies: ReadonlySet<number>): boolean =>
  subjects.every((subject) => [...companies].some((company) => subject.has(company)))
