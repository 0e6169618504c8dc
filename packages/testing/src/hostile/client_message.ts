/**
 * Everything that a client can say, made from the schemas of the commands: a command that is added later is in it without anybody
 * thinking of it.
 */
import { type CommandForm, commandForms } from "@ctid/core/protocol/client_command"
import type * as SchemaAST from "effect/SchemaAST"
import fc from "fast-check"

/** A message without its line feed, before it is JSON. */
export type ClientMessage = Readonly<Record<string, unknown>> & { readonly class: string }

export interface Vocabulary {
  /** Texts for any field. */
  readonly text: fc.Arbitrary<string>
  /** Numbers for any field. */
  readonly numbers: ReadonlyArray<number>
  /** Likely texts of fields, by `class.field` or `field`; for others, and now and then for these too, `text` is taken. */
  readonly fields: Readonly<Record<string, ReadonlyArray<string>>>
}

/** Values of forwards, and anything else that a field without a schema may hold. */
const loose = (text: fc.Arbitrary<string>): fc.Arbitrary<unknown> => {
  const forwards = fc.record(
    Object.fromEntries(
      ["unc", "rna", "busy"].flatMap(
        (name): ReadonlyArray<[string, fc.Arbitrary<unknown>]> => [
          [`enable${name}`, fc.constantFrom<unknown>(true, true, 1, false)],
          [`dest${name}`, text]
        ]
      )
    )
  )
  return fc.oneof(
    { arbitrary: fc.boolean(), weight: 2 },
    { arbitrary: forwards, weight: 3 },
    fc.constantFrom(0, 1, null),
    text,
    fc.array(text, { maxLength: 3 })
  )
}

const valueOf = (ast: SchemaAST.AST, of: string, name: string, vocabulary: Vocabulary): fc.Arbitrary<unknown> => {
  const likely = vocabulary.fields[`${of}.${name}`] ?? vocabulary.fields[name] ?? []
  const text =
    likely.length === 0 ? vocabulary.text : fc.oneof({ arbitrary: fc.constantFrom(...likely), weight: 5 }, vocabulary.text)
  switch (ast._tag) {
    case "String":
      return text
    case "Number":
      return fc.constantFrom(...vocabulary.numbers)
    case "Null":
      return fc.constant(null)
    case "Union":
      return fc.oneof(...ast.types.map((type) => valueOf(type, of, name, vocabulary)))
    case "Arrays":
      return ast.elements.length > 0
        ? fc.tuple(...ast.elements.map((element, at) => valueOf(element, of, `${name}[${at}]`, vocabulary)))
        : fc.array(valueOf(ast.rest[0] ?? ast, of, name, vocabulary), { minLength: 1, maxLength: 4 })
    case "Objects": {
      const inner = (type: SchemaAST.AST, key: string) => valueOf(type, of, `${name}.${key}`, vocabulary)
      const fields = ast.propertySignatures.map((field) => [String(field.name), inner(field.type, String(field.name))] as const)
      const [index] = ast.indexSignatures
      const named = fc.record(Object.fromEntries(fields))
      return index === undefined ? named : fc.dictionary(text, inner(index.type, "*"), { maxKeys: 3 })
    }
    case "Unknown":
      return loose(text)
    default:
      throw new Error(`no values for the field ${name} of kind ${ast._tag}: say here how they are made`)
  }
}

const messageOf = (form: CommandForm, vocabulary: Vocabulary): fc.Arbitrary<ClientMessage> => {
  const fixed = { class: form.class, ...(form.command === null ? {} : { command: form.command }) }
  const fields = form.fields.ast.propertySignatures.map(
    ({ name, type }) => [String(name), valueOf(type, form.class, String(name), vocabulary)] as const
  )
  // which one is missing is chosen too: absent fields mean something
  return fc
    .tuple(
      fc.record(Object.fromEntries(fields)),
      fc.array(fc.constantFrom("", ...fields.map(([name]) => name)), { maxLength: 1 })
    )
    .map(([all, left]) => ({ ...Object.fromEntries(Object.entries(all).filter(([name]) => !left.includes(name))), ...fixed }))
}

/** A message of one of the forms; all of them, unless told otherwise. */
export const clientMessage = (
  vocabulary: Vocabulary,
  forms: ReadonlyArray<CommandForm> = commandForms
): fc.Arbitrary<ClientMessage> => fc.oneof(...forms.map((form) => messageOf(form, vocabulary)))

/** Every message of a form whose fields have one of these values each; a field without values is left out. */
export const everyMessage = (
  form: CommandForm,
  values: (field: string) => ReadonlyArray<unknown>
): ReadonlyArray<ClientMessage> =>
  form.fields.ast.propertySignatures.reduce<ReadonlyArray<ClientMessage>>(
    (messages, { name }) => {
      const all = values(String(name))
      return all.length === 0 ? messages : messages.flatMap((message) => all.map((value) => ({ ...message, [name]: value })))
    },
    [{ class: form.class, ...(form.command === null ? {} : { command: form.command }) }]
  )
