import { defineConfig } from "vite";

export default defineConfig({
  publicDir: false,
  build: {
    ssr: true,
    target: "node20",
    outDir: "build",
    emptyOutDir: false,
    rolldownOptions: { input: { parity: "tools/parity.ts" } },
  },
});
