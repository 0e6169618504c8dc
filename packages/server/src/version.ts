/** The version of this program. */
import { readFileSync } from "node:fs"

const { version: own }: { readonly version: string } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8")
)

export const version: string = own
