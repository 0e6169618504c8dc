/** The life of something that is wanted of the PBX, such as do not disturb of a line, as a pure machine: the PBX lost and back. */

/** `asked`: the PBX has been asked and has not answered yet. `waiting`: it will be asked. `settled`: it is done, or will never be. */
export type WishState = "asked" | "waiting" | "settled"

/** What may become of it, as the chart in docs/presence.md says. */
export const WISH_EVENTS = {
  done: "done",
  refused: "the PBX refuses",
  silence: "no answer in time",
  away: "the link is lost, or there is none",
  back: "the PBX is back, or everything is read again",
  replaced: "something else is wanted"
} as const
export type WishEvent = keyof typeof WISH_EVENTS

/** One step. What nobody knows to be done is asked for once more; the last wish counts. */
export const wishStep = (state: WishState, event: WishEvent): WishState => {
  if (state === "settled" || event === "replaced") return "settled"
  switch (event) {
    case "done":
    case "refused":
      return state === "asked" ? "settled" : state
    case "silence":
    case "away":
      return "waiting"
    case "back":
      return "asked"
  }
}

/** As a Mermaid state diagram, found by running it. */
export const wishChart = (): string => {
  const states: ReadonlyArray<WishState> = ["asked", "waiting", "settled"]
  const arrows: Array<string> = []
  for (const from of states) {
    for (const to of states) {
      const events = (Object.keys(WISH_EVENTS) as ReadonlyArray<WishEvent>) // its own keys, nothing else
        .filter((event) => from !== to && wishStep(from, event) === to)
        .map((event) => WISH_EVENTS[event])
      if (events.length > 0) arrows.push(`  ${from} --> ${to}: ${events.join("<br/>")}`)
    }
  }
  const beginnings = ["  [*] --> asked: wanted while the PBX is there", "  [*] --> waiting: wanted while it is away"]
  return ["stateDiagram-v2", ...beginnings, ...arrows, "  settled --> [*]", ""].join("\n")
}
