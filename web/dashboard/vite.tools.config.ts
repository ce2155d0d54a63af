import { defineConfig } from "vite";

// Tools that drive a browser from Node: `vite build --config vite.tools.config.ts`.
export default defineConfig({
  publicDir: false,
  build: {
    ssr: true,
    target: "node20",
    outDir: "build",
    emptyOutDir: false,
    rolldownOptions: { input: { timing: "tools/timing.ts" } },
  },
});
