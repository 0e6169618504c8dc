/** AstDB: family/key -> value. */

export interface Database {
  readonly get: (family: string, key: string) => string | undefined
  readonly put: (family: string, key: string, value: string) => void
  /** False: there was nothing. */
  readonly remove: (family: string, key: string) => boolean
  /** Entries as `/family/key`, sorted, below a family and optionally a key. */
  readonly tree: (family: string, key: string) => ReadonlyArray<readonly [path: string, value: string]>
  /** Removes what `tree` would list, and tells how many those were. */
  readonly removeTree: (family: string, key: string) => number
  readonly clear: () => void
}

export const makeDatabase = (): Database => {
  const entries = new Map<string, string>()
  const tree: Database["tree"] = (family, key) => {
    const prefix = [family, key].filter((part) => part !== "").join("/")
    const wanted = prefix === "" ? "/" : `/${prefix}/`
    return [...entries]
      .filter(([path]) => path.startsWith(wanted) || path === `/${prefix}`)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  }
  return {
    get: (family, key) => entries.get(`/${family}/${key}`),
    put: (family, key, value) => {
      entries.set(`/${family}/${key}`, value)
    },
    remove: (family, key) => entries.delete(`/${family}/${key}`),
    tree,
    removeTree: (family, key) => {
      const found = tree(family, key)
      for (const [path] of found) entries.delete(path)
      return found.length
    },
    clear: () => entries.clear()
  }
}
