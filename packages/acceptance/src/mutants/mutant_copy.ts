/** A copy of the packages' sources in a folder of its own, that runs without being built: one can put a defect into it. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Mutant } from "./mutants.ts"

/** What the laws need. */
const PACKAGES = ["core", "ami", "client", "simulator", "testing"] as const

/** The manifest names sources in place of what is built of them: Node takes the types out by itself. */
const onSources = (manifest: string): string =>
  manifest.replaceAll(/\.\/dist\/(.*)\.d\.ts/g, "./src/$1.ts").replaceAll(/\.\/dist\/(.*)\.js/g, "./src/$1.ts")

/** Where the text of a mutant stands in the sources; -1: nowhere. */
export const placesOf = (source: string, { right }: Pick<Mutant, "right">): number => source.split(right).length - 1

export interface MutantCopy {
  readonly folder: string
  /** The program that tries the laws there. */
  readonly trial: string
  /** Puts a defect in, and answers how to take it out again. */
  readonly infect: (mutant: Mutant) => Promise<() => Promise<void>>
  readonly remove: () => Promise<void>
}

/** `root`: the workspace. */
export const makeCopy = async (root: string): Promise<MutantCopy> => {
  const folder = await mkdtemp(join(tmpdir(), "ctid-mutants-"))
  await mkdir(join(folder, "node_modules/@ctid"), { recursive: true })
  for (const name of PACKAGES) {
    const [from, to] = [join(root, "packages", name), join(folder, "packages", name)]
    await mkdir(to, { recursive: true })
    await cp(join(from, "src"), join(to, "src"), { recursive: true })
    await writeFile(join(to, "package.json"), onSources(await readFile(join(from, "package.json"), "utf8")))
    await symlink(to, join(folder, "node_modules/@ctid", name))
  }
  for (const name of await readdir(join(root, "node_modules"))) {
    if (name !== "@ctid" && name !== "ctid") await symlink(join(root, "node_modules", name), join(folder, "node_modules", name))
  }
  const trial = join(folder, "packages/testing/trial.ts")
  await cp(join(root, "packages/acceptance/src/mutants/trial.ts"), trial)

  return {
    folder,
    trial,
    infect: async (mutant) => {
      const file = join(folder, "packages", mutant.file)
      const source = await readFile(file, "utf8")
      if (placesOf(source, mutant) !== 1) throw new Error(`"${mutant.name}" does not stand exactly once in ${mutant.file}`)
      await writeFile(
        file,
        source.replace(mutant.right, () => mutant.wrong)
      )
      return () => writeFile(file, source)
    },
    remove: () => rm(folder, { recursive: true, force: true })
  }
}
