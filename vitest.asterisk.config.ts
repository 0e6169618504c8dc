import { defineConfig } from "vitest/config"
import { alias } from "./vitest.config.ts"

/** Tests against a real Asterisk (needs root): one file after the other, each on an Asterisk of its own. */
export default defineConfig({
  resolve: { alias },
  test: {
    include: ["packages/acceptance/src/asterisk/**/*_test.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 300_000
  }
})
