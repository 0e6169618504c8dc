/** The examples in the docstrings of `@ctid/testing` run as they stand there. */
import { execFile } from "node:child_process"
import { mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"

const sources = fileURLToPath(new URL("../../testing/src", import.meta.url))
/** Below the package that has all others, so that names are found as a user's program finds them. */
const folder = fileURLToPath(new URL("../.cache/testing_examples", import.meta.url))

const files = [
  "arbitraries/directory",
  "laws/law",
  "office/office_arbitraries",
  "office/office_laws",
  "office/race_laws",
  "outage/outage_laws",
  "parting/parting_laws",
  "parting/partition_arbitraries",
  "presence/broken_groups",
  "presence/presence_arbitraries",
  "presence/presence_group",
  "presence/presence_laws"
]

const exampleOf = (source: string): string | undefined =>
  /^ \* ```ts\n([\s\S]*?)^ \* ```$/m.exec(source)?.[1]?.replaceAll(/^ \* ?/gm, "")

const nameOf = (file: string): string => `${file.replace("/", "_")}.ts`

describe("the examples of @ctid/testing", () => {
  beforeAll(() => mkdir(folder, { recursive: true }))
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("run", { timeout: 120_000 }, async () => {
    for (const file of files) {
      const example = exampleOf(await readFile(`${sources}/${file}.ts`, "utf8"))
      if (example === undefined) return assert.fail(`${file}.ts has none`)
      await writeFile(`${folder}/${nameOf(file)}`, `${example}\nexport {}\n`)
    }
    // in one program: what takes time is to load what they import
    const program = `${folder}/all.ts`
    const steps = files.map((file) => `await import("./${nameOf(file)}")\nconsole.log("ran ${file}")`)
    await writeFile(program, `${steps.join("\n")}\nexport {}\n`)
    const { stdout } = await promisify(execFile)(process.execPath, [program], {
      env: { ...process.env, NODE_TEST_CONTEXT: undefined }
    }).catch((error: { readonly stdout: string; readonly stderr: string }) => assert.fail(`${error.stdout}${error.stderr}`))
    for (const file of files) assert.include(stdout, `ran ${file}\n`)
  })
})
