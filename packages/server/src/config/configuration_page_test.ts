import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { decodeConfig, sections } from "@ctid/core/config/ctid_config"
import { csvColumns } from "@ctid/core/config/directory_csv"
import * as items from "@ctid/core/config/directory_sections"
import { factoryHintGroup, factoryPresenceGroup } from "@ctid/core/config/factory"
import { ExternalServer } from "@ctid/core/config/server_sections"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as SchemaAST from "effect/SchemaAST"
import { loadConfig } from "./load_config.ts"
import { readYaml } from "./yaml_file.ts"

const docs = fileURLToPath(new URL("../../../../docs/", import.meta.url))
const page = readFileSync(`${docs}configuration.md`, "utf8")

interface Row {
  readonly option: string
  readonly byDefault: string
  readonly expected: string
  readonly meaning: string
}

const code = (text: string): string => `\`${text}\``

const defaultText = (annotations: SchemaAST.AST["annotations"]): string => {
  if (annotations === undefined || !("whenAbsent" in annotations)) return "required"
  const { whenAbsent: value, absentMeans } = annotations
  if (typeof absentMeans === "string") return absentMeans
  if (value === "") return "empty"
  return code(typeof value === "string" ? value : JSON.stringify(value))
}

const typeText = (ast: SchemaAST.AST): string => {
  const expected = ast.annotations?.expected
  if (typeof expected === "string") return expected
  switch (ast._tag) {
    case "Arrays":
      return `a list: ${ast.rest.map(typeText).join()}`
    case "Objects":
      return "a mapping"
    case "Null":
      return "null"
    case "Union":
      return ast.types.map(typeText).join(", or ")
    default:
      return assert.fail(`no words for ${ast._tag}`)
  }
}

/** The mapping inside lists and alternatives, if there is one. */
const inner = (ast: SchemaAST.AST): { readonly ast: SchemaAST.AST; readonly suffix: string } => {
  if (ast._tag === "Arrays" && ast.rest[0] !== undefined) {
    const { ast: element, suffix } = inner(ast.rest[0])
    return { ast: element, suffix: `[]${suffix}` }
  }
  const list = ast._tag === "Union" ? ast.types.find((type) => type._tag === "Arrays") : undefined
  return list === undefined ? { ast, suffix: "" } : inner(list)
}

/** Every option below a schema, with what it says of itself. */
const rowsOf = (prefix: string, schema: SchemaAST.AST): ReadonlyArray<Row> => {
  const { ast, suffix } = inner(schema)
  if (ast._tag !== "Objects") return []
  return ast.propertySignatures.flatMap(({ name, type }): ReadonlyArray<Row> => {
    const option = `${prefix}${suffix}.${String(name)}`
    const below = rowsOf(option, type)
    const meaning = type.annotations?.description
    if (typeof meaning !== "string") return assert.fail(`${option} says nothing of itself`)
    const isSection = below.length > 0 && inner(type).suffix === ""
    const byDefault = isSection ? "" : defaultText(type.annotations)
    return [{ option, byDefault, expected: typeText(type), meaning }, ...below]
  })
}

const tables: Readonly<Record<string, ReadonlyArray<Row>>> = {
  ...Object.fromEntries(Object.entries(sections).map(([name, schema]) => [name, rowsOf(name, schema.ast)])),
  users: rowsOf("users[]", items.UserItem.ast),
  lines: rowsOf("lines[]", items.LineItem.ast),
  agents: rowsOf("agents[]", items.AgentItem.ast),
  queues: rowsOf("queues[]", items.QueueItem.ast),
  voicemails: rowsOf("voicemails[]", items.VoicemailItem.ast),
  profiles: rowsOf("profiles[]", items.ProfileItem.ast),
  presence_groups: rowsOf("presence_groups.<group>.<presence>", items.PresenceItem.ast),
  hint_groups: rowsOf("hint_groups.<group>.<state>", items.HintItem.ast),
  external_servers: rowsOf("external_servers[]", ExternalServer.ast)
}

const cell = (text: string): string => text.replaceAll("|", "\\|")

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n")

const blocks: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(tables).map(([name, rows]) => [
      `options:${name}`,
      table(
        ["Option", "Default", "Value", "Meaning"],
        rows.map(({ option, byDefault, expected, meaning }) => [code(option), byDefault, expected, meaning])
      )
    ])
  ),
  "factory:presences": table(
    ["Presence", "Display name", "Colour", "Actions"],
    [...factoryPresenceGroup.presences.values()].map(({ name, longName, color, actions }) => [
      code(name),
      longName,
      code(color),
      actions.map(([action, parameter]) => code(`${action}: "${parameter}"`)).join(", ")
    ])
  ),
  "factory:hints": table(
    ["State", "Display name", "Colour"],
    [...factoryHintGroup].map(([state, { longName, color }]) => [code(state), longName, code(color)])
  )
}

/** The page with its tables made from the schemas. */
const written = (): string =>
  page.replaceAll(/<!-- ((?:options|factory):\w+) -->\n[\s\S]*?<!-- end -->/g, (_, name: string) => {
    const block = blocks[name]
    return block === undefined ? assert.fail(`no table ${name}`) : `<!-- ${name} -->\n${block}\n<!-- end -->`
  })

describe("docs/configuration.md", () => {
  it("has the tables that the schemas make (CTID_WRITE_DOCS=1 writes them)", () => {
    if (process.env.CTID_WRITE_DOCS === "1") writeFileSync(`${docs}configuration.md`, written())
    else assert.strictEqual(page, written())
  })

  it("has a table for every section and every list", () => {
    for (const name of Object.keys(blocks)) assert.include(page, `<!-- ${name} -->`)
  })

  it("states each default of the original's options page as it is", () => {
    const defaults = new Map(
      Object.values(tables)
        .flat()
        .map(({ option, byDefault }) => [code(option), byDefault])
    )
    const start = page.indexOf("| Section | Field |")
    const rows = page
      .slice(start, page.indexOf("\n\n", start))
      .split("\n")
      .slice(2)
      .map((row) => row.split("|").map((text) => text.trim()))
    assert.lengthOf(rows, 36)
    const differing: Array<string> = []
    for (const [, , field, original = "", option = "", here] of rows) {
      assert.strictEqual(defaults.get(option), here, `${field} ${option}`)
      const same = original === here || (original === "on" && here === "`true`") || (original === "off" && here === "`false`")
      if (!same) differing.push(option)
    }
    assert.deepStrictEqual(differing, [
      "`ami.password`",
      "`external_servers[].label`",
      "`external_servers[].login`",
      "`external_servers[].password`",
      "`listeners.cti.address`",
      "`listeners.ctis.enabled`",
      "`tls.certificate`",
      "`tls.key`",
      "`listeners.cti.encryption`",
      "`tls.certificate`",
      "`tls.key`"
    ])
  })

  it("has CSV columns for the options of users and lines, all of them", () => {
    const names = (rows: ReadonlyArray<Row> | undefined) => rows?.map(({ option }) => option.replace(/^\w+\[\]\./, ""))
    assert.deepStrictEqual(csvColumns("users"), names(tables.users))
    assert.sameMembers([...csvColumns("lines")], [...(names(tables.lines) ?? [])])
  })

  const accepts = (file: string) => loadConfig(file).pipe(Effect.provide(Layer.merge(NodeServices.layer, NodeCrypto.layer)))

  it.effect("begins with a configuration that is accepted", () =>
    Effect.gen(function* () {
      const minimal = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? ""
      const { data, position, problems } = readYaml("ctid.yml", minimal)
      assert.deepStrictEqual(problems, [])
      const { directory } = yield* decodeConfig(data, position).pipe(Effect.provide(NodeCrypto.layer))
      assert.strictEqual(directory.users[0]?.login, "alice")
    })
  )

  it.effect("comes with a complete example that is accepted without a remark", () =>
    Effect.gen(function* () {
      const { directory, notices } = yield* accepts(`${docs}examples/ctid.yml`)
      // A checkout may leave it readable for all: its secrets are none.
      assert.deepStrictEqual(
        notices.filter(({ path }) => path !== ""),
        []
      )
      assert.lengthOf(directory.users, 3)
    })
  )
})
