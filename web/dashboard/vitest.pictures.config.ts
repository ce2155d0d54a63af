import { defineConfig } from "vitest/config";

// The documentation's pictures: taken by the harness of the browser tests, and no test by themselves.
export default defineConfig({
  test: {
    include: ["e2e/pictures.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
