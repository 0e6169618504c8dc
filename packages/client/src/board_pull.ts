/** Fetches the lists as the original's client does (reference 13.2): ids, then the config and the status of every item. */
import * as Effect from "effect/Effect"
import type { BoardList } from "./board.ts"
import type { BoardModel } from "./board_model.ts"
import { type ClientEnded, ClientProtocolError, type LinkError } from "./client_error.ts"
import { getIpbxList, getItem, listIds } from "./command.ts"
import type { Link, Request } from "./link.ts"

/** Items asked for in one write: their answers have come before the next are asked for. */
const BATCH = 64

export const ipbxListRequest: Request = { command: getIpbxList, key: "getipbxlist" }
export const listIdsRequest = (list: string): Request => ({ command: listIds(list), key: `listid/${list}` })
export const itemRequest = (part: "config" | "status", list: string, id: string): Request => ({
  command: getItem(part, list, id),
  key: `${part}/${list}/${id}`
})

/** A queue member's config and status are the same object; a queue's status is its members. */
const itemRequests = ([list, id]: readonly [list: BoardList, id: string]): ReadonlyArray<Request> =>
  list === "queuemembers" || list === "queues"
    ? [itemRequest("config", list, id)]
    : [itemRequest("config", list, id), itemRequest("status", list, id)]

/** Asks for all that the model has listed and not asked for yet. The answers reach it as every message does. */
export const pullItems = (link: Link, model: BoardModel, deadline: number): Effect.Effect<void, LinkError | ClientEnded> =>
  Effect.gen(function* () {
    while (model.wanting) {
      const wanted = model.takeWanted()
      for (let from = 0; from < wanted.length; from += BATCH) {
        yield* link.ask(wanted.slice(from, from + BATCH).flatMap(itemRequests), deadline)
      }
    }
  })

/** Fills an empty model. `deadline`: milliseconds for each answer. */
export const pullBoard = (
  link: Link,
  model: BoardModel,
  lists: ReadonlyArray<BoardList>,
  ipbxId: string,
  deadline: number
): Effect.Effect<void, LinkError | ClientEnded> =>
  Effect.gen(function* () {
    const [answer] = yield* link.ask([ipbxListRequest], deadline)
    if (answer?._tag !== "IpbxList" || !answer.ids.includes(ipbxId)) {
      const message = `the server's list of PBXes does not hold ${JSON.stringify(ipbxId)}, where the user is`
      return yield* new ClientProtocolError({ reason: "wrong_ipbx", message })
    }
    yield* link.ask(lists.map(listIdsRequest), deadline)
    yield* pullItems(link, model, deadline)
  })
