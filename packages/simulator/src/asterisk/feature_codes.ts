/** What people dial at their phone: the codes of a FreePBX dialplan for do not disturb and the three forwards. */
import type { Pbx } from "./pbx.ts"

interface Forward {
  readonly on: string
  readonly off: string
  readonly family: string
  /** The unconditional one has a lamp of its own. */
  readonly lamp: boolean
}

const FORWARDS: ReadonlyArray<Forward> = [
  { on: "*72", off: "*73", family: "CF", lamp: true },
  { on: "*90", off: "*91", family: "CFB", lamp: false },
  { on: "*52", off: "*53", family: "CFU", lamp: false }
]

/**
 * Runs a feature code for the phone with this number: `*78`, `*79` do not disturb on and off; `*72<number>`, `*73` forward all;
 * `*90<number>`, `*91` on busy; `*52<number>`, `*53` on no answer. AstDB and the device state change as in that dialplan. False: not
 * a code.
 */
export const runFeatureCode = (pbx: Pbx, number: string, code: string): boolean => {
  if (code === "*78" || code === "*79") {
    if (code === "*78") pbx.database.put("DND", number, "YES")
    else pbx.database.remove("DND", number)
    pbx.devices.set(`Custom:DND${number}`, code === "*78" ? "BUSY" : "NOT_INUSE")
    return true
  }
  for (const forward of FORWARDS) {
    const destination = code.startsWith(forward.on) ? code.slice(forward.on.length) : ""
    if (destination === "" && code !== forward.off) continue
    if (destination === "") pbx.database.remove(forward.family, number)
    else pbx.database.put(forward.family, number, destination)
    if (forward.lamp) pbx.devices.set(`Custom:CF${number}`, destination === "" ? "NOT_INUSE" : "BUSY")
    return true
  }
  return false
}
