import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const packages = fileURLToPath(new URL("./packages", import.meta.url))

/** Tests run from the sources: `@ctid/core/x` is `packages/core/src/x.ts`. */
export const alias = [
  { find: /^@ctid\/([a-z-]+)$/, replacement: `${packages}/$1/src/index.ts` },
  { find: /^@ctid\/([a-z-]+)\/(.+)$/, replacement: `${packages}/$1/src/$2.ts` },
  { find: /^ctid\/(.+)$/, replacement: `${packages}/server/src/$1.ts` }
]

export default defineConfig({
  resolve: { alias },
  test: {
    include: ["packages/*/src/**/*_test.ts"],
    exclude: ["**/node_modules/**", "packages/acceptance/src/asterisk/**"],
    // most of them wait for sockets, clocks and child processes
    maxWorkers: 3,
    testTimeout: 60_000
  }
})
