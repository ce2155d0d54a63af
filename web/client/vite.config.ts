import { defineConfig } from "vitest/config";
import type { Plugin } from "vite";

/** Leave addresses as bundlers know them: this build must not follow them, whoever builds a page shall. */
function keepAddresses(): Plugin {
  return {
    name: "keep-addresses",
    renderChunk: (code) => code.replaceAll(/\/\*\s*@vite-ignore\s*\*\/\s*/g, ""),
  };
}

export default defineConfig({
  publicDir: false,
  plugins: [keepAddresses()],
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    minify: false,
    modulePreload: false,
    rolldownOptions: {
      input: { index: "src/index.ts", worker: "src/worker.ts" },
      preserveEntrySignatures: "strict",
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "shared-[hash].js",
        // The engine's WebAssembly file lies beside the worker.
        assetFileNames: "[name][extname]",
        format: "es",
      },
    },
  },
  test: { include: ["tests/**/*.test.ts"], exclude: ["tests/browser/**"], setupFiles: ["tests/seeded.ts"], testTimeout: 30_000 },
});
