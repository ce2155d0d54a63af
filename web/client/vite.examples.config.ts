import { resolve } from "node:path";
import { defineConfig } from "vite";

const HERE = import.meta.dirname;

// As a page of somebody else would be built: the client by its package's own files.
export default defineConfig({
  root: "examples",
  base: "./",
  publicDir: false,
  resolve: {
    alias: [{ find: /^\.\.\/\.\.\/src\/index\.js$/, replacement: resolve(HERE, "dist/index.js") }],
  },
  build: {
    outDir: resolve(HERE, "build/examples"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: {
        plain: resolve(HERE, "examples/plain/index.html"),
        react: resolve(HERE, "examples/react/index.html"),
      },
    },
  },
  worker: { format: "es" },
});
