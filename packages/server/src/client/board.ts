/** The board as text: a table each for users, phones, agents and queues. A pure function of what is known. */
import type { Board, BoardQueueMember, ClientState, Identity } from "@ctid/client"
import { columnsOf, cut, fit, harmless, type Paint } from "./text.ts"
import {
  agentName,
  agentText,
  hintColor,
  hintText,
  memberNames,
  memberText,
  presenceColor,
  presenceText,
  serviceTexts,
  sortedBy,
  termsTexts,
  userName
} from "./words.ts"

export interface BoardView {
  readonly board: Board
  readonly identity: Identity
  readonly paint: Paint
  /** Columns of the terminal; null: lines are as long as they need to be. */
  readonly columns: number | null
}

/** A cell may have a mark in a colour of its own before its text. */
interface Cell {
  readonly text: string
  readonly mark?: string
}

const MARK = "●"

const markedCell = (color: string, text: string): Cell => ({ mark: color, text })

/** Rows with aligned columns. The last column is what a narrow terminal cuts first. */
const table = (view: BoardView, rows: ReadonlyArray<ReadonlyArray<Cell>>): ReadonlyArray<string> => {
  const widths: Array<number> = []
  for (const row of rows) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, Math.min(40, columnsOf(cell.text)))
    })
  }
  return rows.map((row) => {
    let line = " "
    let left = view.columns === null ? Number.POSITIVE_INFINITY : view.columns - 1
    row.forEach((cell, at) => {
      const last = at === row.length - 1
      if (left <= 1) return
      line += " "
      left -= 1
      if (cell.mark !== undefined) {
        if (left < 2) return
        line += `${view.paint.color(cell.mark, MARK)} `
        left -= 2
      }
      const width = Math.min(left, last ? columnsOf(cell.text) : (widths[at] ?? 0))
      line += last ? cut(cell.text, width) : fit(cell.text, width)
      left -= width
    })
    return line.trimEnd()
  })
}

const narrow = (view: BoardView, text: string): string => (view.columns === null ? text : cut(text, view.columns))

const section = (view: BoardView, title: string, rows: ReadonlyArray<ReadonlyArray<Cell>>): ReadonlyArray<string> =>
  rows.length === 0 ? [] : [view.paint.bold(narrow(view, `${title} (${rows.length})`)), ...table(view, rows), ""]

const userRows = ({ board, identity }: BoardView): ReadonlyArray<ReadonlyArray<Cell>> =>
  sortedBy(board.users.values(), userName).map((user) => {
    const numbers = user.phoneIds.flatMap((id) => board.phones.get(id)?.number ?? [])
    return [
      markedCell(presenceColor(identity, user.presence), userName(user)),
      { text: presenceText(identity, user.presence) },
      { text: harmless(numbers.join(" ")) },
      { text: [...termsTexts(user), ...serviceTexts(user)].join(", ") }
    ]
  })

const phoneRows = ({ board, identity }: BoardView): ReadonlyArray<ReadonlyArray<Cell>> =>
  sortedBy(board.phones.values(), ({ number }) => number).map((phone) => {
    const owner = phone.userId === null ? undefined : board.users.get(phone.userId)
    return [
      markedCell(hintColor(identity, phone.hint), harmless(phone.number)),
      { text: hintText(identity, phone.hint) },
      { text: owner === undefined ? "" : userName(owner) },
      { text: harmless(phone.identity) }
    ]
  })

const agentRows = ({ board }: BoardView): ReadonlyArray<ReadonlyArray<Cell>> =>
  sortedBy(board.agents.values(), ({ number }) => number).map((agent) => {
    const queues = agent.queueIds.flatMap((id) => board.queues.get(id)?.displayName ?? [])
    return [
      { text: harmless(agent.number) },
      { text: agentName(agent) },
      { text: agentText(agent) },
      { text: agent.extension === null ? "" : `at ${harmless(agent.extension)}` },
      { text: harmless(queues.join(", ")) }
    ]
  })

const queueRows = ({ board }: BoardView): ReadonlyArray<ReadonlyArray<Cell>> => {
  const nameOf = memberNames(board)
  const members = new Map<string, Array<BoardQueueMember>>()
  for (const member of board.queuemembers.values()) {
    const others = members.get(member.queueName)
    if (others === undefined) members.set(member.queueName, [member])
    else others.push(member)
  }
  return sortedBy(board.queues.values(), ({ displayName, name }) => displayName || name).map((queue) => [
    { text: harmless(queue.number) },
    { text: harmless(queue.displayName || queue.name) },
    {
      text: sortedBy(members.get(queue.name) ?? [], nameOf)
        .map((member) => `${nameOf(member)} (${memberText(member)})`)
        .join("; ")
    }
  ])
}

/** All lines of the board. */
export const boardLines = (view: BoardView): ReadonlyArray<string> => {
  const lines = [
    ...section(view, "Users", userRows(view)),
    ...section(view, "Phones", phoneRows(view)),
    ...section(view, "Agents", agentRows(view)),
    ...section(view, "Queues", queueRows(view))
  ]
  return lines.length === 0 ? [narrow(view, "Nothing is visible to this user.")] : lines.slice(0, -1)
}

/** What the connection does, in a few words. */
export const stateText = (state: ClientState): string => {
  switch (state._tag) {
    case "Connecting":
      return "connecting"
    case "Online":
      return "online"
    case "Offline":
      return `offline: ${harmless(state.reason.message)}; again in ${Math.ceil(state.retryIn / 1000)} s`
    case "Ended":
      return harmless(state.reason.message)
  }
}

export interface ScreenView extends BoardView {
  readonly columns: number
  readonly rows: number
  readonly state: ClientState
  /** `alice on 127.0.0.1:5003` */
  readonly title: string
  /** Lines scrolled away at the top. */
  readonly scrolled: number
}

/** How far a screen can be scrolled. */
export const furthestScroll = (view: ScreenView): number => Math.max(0, boardLines(view).length - Math.max(1, view.rows - 3))

/** Exactly the lines of one screen: a heading, as much of the board as fits, a footing. */
export const screenLines = (view: ScreenView): ReadonlyArray<string> => {
  const { paint, columns, rows } = view
  const own = view.board.users.get(view.identity.userId)
  const who = own === undefined ? "" : `${userName(own)}, ${presenceText(view.identity, own.presence)}  `
  const mark = own === undefined ? "" : `${paint.color(presenceColor(view.identity, own.presence), MARK)} `
  const words = `${who}${stateText(view.state)}  ${harmless(view.title)}`
  const heading = mark + paint.bold(cut(words, Math.max(0, columns - (mark === "" ? 0 : 2))))
  const all = boardLines(view)
  const height = Math.max(1, rows - 3)
  const from = Math.min(view.scrolled, Math.max(0, all.length - height))
  const shown = all.slice(from, from + height)
  const rest = all.length > height ? `lines ${from + 1} to ${from + shown.length} of ${all.length}, arrows scroll; ` : ""
  return [
    heading,
    "",
    ...shown,
    ...Array.from({ length: height - shown.length }, () => ""),
    paint.dim(cut(`${rest}q ends`, columns))
  ].slice(0, Math.max(1, rows))
}
