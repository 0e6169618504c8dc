/** Decodes parts of a configuration file and turns what Schema says into problems with a place. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import type * as SchemaIssue from "effect/SchemaIssue"
import { didYouMean } from "./did_you_mean.ts"
import type { OptionSchema } from "./option.ts"
import { type ConfigPath, describeFound, formatPath, type PositionOf, type Problem } from "./problem.ts"

/** The raw data with the places where it was written, and the problems found so far. */
export interface Source {
  readonly data: unknown
  readonly position: PositionOf
  readonly problems: Array<Problem>
}

/** The raw value at a path, or undefined. */
export const rawAt = (data: unknown, path: ConfigPath): unknown => {
  let value = data
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined
    // Indexing an object by one of its own keys.
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}

/** Notes a problem with what stands at a path. */
export const refuse = (source: Source, path: ConfigPath, expected: string, found?: string): void => {
  source.problems.push({
    ...source.position(path),
    path: formatPath(path),
    found: found ?? describeFound(path, rawAt(source.data, path)),
    expected
  })
}

/** Notes a key that means nothing here. */
export const refuseKey = (source: Source, path: ConfigPath, known: ReadonlyArray<string>): void => {
  const key = String(path.at(-1))
  source.problems.push({
    ...source.position(path, "key"),
    path: formatPath(path),
    found: `the unknown key ${JSON.stringify(key)}`,
    expected: didYouMean(key, known)
  })
}

const annotation = (ast: SchemaAST.AST, name: string): unknown => (ast.checks?.at(-1) ?? ast).annotations?.[name]

/** What a schema expects, in words. */
const expectedBy = (ast: SchemaAST.AST): string => {
  const expected = annotation(ast, "expected")
  if (typeof expected === "string") return expected
  switch (ast._tag) {
    case "Objects":
      return "a mapping"
    case "Arrays":
      return "a list"
    case "Null":
      return "null"
    case "Union":
      return ast.types.map(expectedBy).join(" or ")
    default:
      return "a value of another kind"
  }
}

const keysOf = (ast: SchemaAST.AST): ReadonlyArray<string> =>
  ast._tag === "Objects" ? ast.propertySignatures.map((property) => String(property.name)) : []

const expectedAt = (ast: SchemaAST.AST | null, key: PropertyKey | undefined): string => {
  const property = ast?._tag === "Objects" ? ast.propertySignatures.find((signature) => signature.name === key) : undefined
  return property === undefined ? "a value" : expectedBy(property.type)
}

/** Walks the tree of issues: `parent` is the schema of the mapping that holds the last key of `path`. */
const collect = (source: Source, path: ConfigPath, issue: SchemaIssue.Issue, parent: SchemaAST.AST | null): void => {
  switch (issue._tag) {
    case "Pointer": {
      const steps = issue.path.map((step) => (typeof step === "number" ? step : String(step)))
      return collect(source, [...path, ...steps], issue.issue, parent)
    }
    case "Composite":
      for (const inner of issue.issues) collect(source, path, inner, issue.ast)
      return
    case "UnexpectedKey":
      return refuseKey(source, path, keysOf(issue.ast))
    case "MissingKey":
      return refuse(source, path, expectedAt(parent, path.at(-1)), "nothing")
    case "Encoding":
    case "Filter":
      return collect(source, path, issue.issue, issue._tag === "Encoding" ? issue.ast : parent)
    case "AnyOf": {
      const inside = issue.issues.filter((inner) => inner._tag === "Composite")
      if (inside.length === 0) return refuse(source, path, expectedBy(issue.ast))
      for (const inner of inside) collect(source, path, inner, parent)
      return
    }
    case "InvalidValue":
      return refuse(source, path, issue.annotations?.expected ?? "a valid value")
    case "InvalidType":
    case "OneOf":
      return refuse(source, path, expectedBy(issue.ast))
    case "Forbidden":
      return refuse(source, path, "a valid value")
  }
}

/** A decoder of the raw value at a path; undefined when it was refused, the reasons are then in `source.problems`. */
export const decoder = <A>(schema: OptionSchema<A>): ((source: Source, path: ConfigPath, value: unknown) => A | undefined) => {
  const decode = Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error" })
  return (source, path, value) => {
    const result = decode(value)
    if (Result.isSuccess(result)) return result.success
    collect(source, path, result.failure.issue, null)
    return undefined
  }
}
