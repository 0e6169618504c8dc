/** Whether somebody knows what the server tells a new client of the same person. */
import type { Person } from "./person.ts"
import { itemRequests } from "./person.ts"
import { versionOf } from "./population.ts"
import type { Town } from "./town.ts"
import { LISTS, type View } from "./view.ts"

/** New clients at a time. */
const AT_ONCE = 40
/** Differences of one person that are told. */
const MOST_DIFFERENCES = 5
/** Milliseconds for one new client. */
const PATIENCE = 120_000

/** Signs a new client in, which changes nobody's presence, asks for everything, and leaves again. */
const freshView = (person: Person, town: Town): Promise<View> =>
  new Promise((resolve, reject) => {
    const { user, way } = person
    const view = town.emptyView()
    let answers = 0
    const late = setTimeout(() => link.destroy(), PATIENCE)
    const link = town.link(
      way,
      { login: user.login, version: versionOf(user.id), presence: "" },
      {
        onSignedIn: () => {
          const lists = LISTS.map((listname) => ({ class: "getlist", function: "listid", listname, tipbxid: "xivo" }))
          link.send(...lists, ...person.registrations(), { class: "getipbxlist" })
        },
        onLine: ({ message }) => {
          if (message === null) return
          const wanted = view.apply(message)
          if (wanted.length > 0) link.send(...wanted.flatMap(itemRequests))
          if (message.class !== "getipbxlist") return
          // the second answer comes behind those of all items
          if (++answers === 1) link.send({ class: "getipbxlist" })
          else link.leave("end")
        },
        onEnd: (error) => {
          clearTimeout(late)
          town.ended(link)
          if (answers < 2) reject(new Error(`a second client of ${user.login} was not answered: ${error ?? "it was closed"}`))
          else resolve(view)
        }
      }
    )
  })

export interface Comparison {
  readonly people: number
  /** Lists, configs, statuses and registrations that were compared. */
  readonly values: number
  readonly differences: ReadonlyArray<string>
}

const compareOne = async (
  person: Person,
  town: Town,
  states: Readonly<Record<string, number>>
): Promise<{ readonly values: number; readonly differences: ReadonlyArray<string> }> => {
  const { view, user } = person
  try {
    const fresh = await freshView(person, town)
    const differences = [...view.differences(fresh, MOST_DIFFERENCES)]
    for (const id of view.ids("phones")) {
      const status = view.value(`status phones/${id}`)
      const hint = status === "" ? "" : String(JSON.parse(status).hintstatus)
      if (hint !== String(states[id])) differences.push(`phone ${id} is ${hint}, Asterisk says ${states[id]}`)
    }
    return { values: view.size, differences: differences.slice(0, MOST_DIFFERENCES).map((text) => `${user.login}: ${text}`) }
  } catch (error) {
    return { values: 0, differences: [error instanceof Error ? error.message : String(error)] }
  }
}

/**
 * Compares everybody's view with that of a new client of his, and everybody's phones with the extensions of Asterisk. `states`: those, by
 * the ids of the lines. Who differs is looked at once more: something may have been on its way.
 */
export const compareViews = async (
  people: ReadonlyArray<Person>,
  town: Town,
  states: Readonly<Record<string, number>>,
  onDone: (people: number) => void
): Promise<Comparison> => {
  let values = 0
  let done = 0
  const differences: Array<string> = []
  const waiting = [...people]
  const worker = async (): Promise<void> => {
    for (let person = waiting.pop(); person !== undefined; person = waiting.pop()) {
      let found = await compareOne(person, town, states)
      if (found.differences.length > 0) found = await compareOne(person, town, states)
      values += found.values
      differences.push(...found.differences)
      onDone(++done)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return { people: people.length, values, differences }
}
