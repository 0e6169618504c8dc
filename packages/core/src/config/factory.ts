/** What exists without being configured (reference 5.1, 5.5; later colours). */
import type { HintDisplay, Xlet } from "../directory/directory.ts"
import { DISCONNECTED, type Presence, type PresenceGroup } from "../presence/presence_group.ts"
import { FACTORY_GROUP } from "./directory_sections.ts"

const chosen: ReadonlyArray<readonly [name: string, longName: string, color: string, doNotDisturb: boolean]> = [
  ["available", "Available", "#9BC920", false],
  ["away", "Away", "#FFDD00", false],
  ["outtolunch", "Out to lunch", "#6CA6FF", false],
  ["donotdisturb", "Do not disturb", "#D13224", true],
  // The original's #FFB545 is the green of available to red-blind and green-blind people.
  ["berightback", "Be right back", "#E4805A", false]
]

const presences: ReadonlyArray<Presence> = [
  ...chosen.map(
    ([name, longName, color, doNotDisturb]): Presence => ({
      name,
      longName,
      color,
      allowed: chosen.map(([other]) => other).filter((other) => other !== name),
      actions: [["enablednd", String(doNotDisturb)]]
    })
  ),
  { name: DISCONNECTED, longName: "Disconnected", color: "#9E9E9E", allowed: null, actions: [["agentlogoff", ""]] }
]

/** The presence group `xivo`. */
export const factoryPresenceGroup: PresenceGroup = {
  name: FACTORY_GROUP,
  presences: new Map(presences.map((presence) => [presence.name, presence]))
}

/** The hint group `xivo`: extension state -> display. */
export const factoryHintGroup: ReadonlyMap<string, HintDisplay> = new Map([
  ["-2", { longName: "Nonexistent", color: "#030303" }],
  ["-1", { longName: "Disabled", color: "#000000" }],
  ["0", { longName: "Available", color: "#0DFF25" }],
  ["1", { longName: "In use", color: "#FF032D" }],
  ["2", { longName: "Busy", color: "#FF0008" }],
  ["4", { longName: "Unavailable", color: "#FFFFFF" }],
  ["8", { longName: "Ringing", color: "#1B0AFF" }],
  ["9", { longName: "In use and ringing", color: "#FF0526" }],
  ["16", { longName: "On hold", color: "#F7FF05" }]
])

const screen = (name: string, layout: Xlet["layout"], order: number): Xlet => ({
  name,
  layout,
  floating: layout === "dock",
  closable: layout === "dock",
  movable: layout === "dock",
  scrollable: layout === "dock",
  order
})

/** The client's screens where a profile names none. `tab` screens need `tabber` (reference 13.5). */
export const factoryXlets: ReadonlyArray<Xlet> = [
  screen("identity", "grid", 0),
  screen("tabber", "grid", 1),
  screen("people", "tab", 0),
  screen("services", "tab", 1),
  screen("queues", "dock", 1),
  screen("agents", "dock", 2)
]

/** The only profile of a file that declares none, in the file's own words. */
export const factoryProfile = { id: 1, name: "Client" }
