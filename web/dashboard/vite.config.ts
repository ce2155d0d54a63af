import { defineConfig } from "vitest/config";

// The service that a page under development asks; the built page is served by it, and asks its own origin.
const SERVICE = process.env.BELLWETHER_SERVICE ?? "http://127.0.0.1:8080";

/** Name a page's chunk after its folder, so that whoever reads the requests knows what they are. */
function nameOf(id: string | null): string {
  return /pages\/([a-z-]+)\/Page/.exec(id ?? "")?.[1] ?? "[name]";
}

export default defineConfig({
  base: "/",
  publicDir: "public",
  // The client is taken by its sources, its engine from here: the page is built without its packages.
  resolve: { dedupe: ["onnxruntime-web"] },
  worker: { format: "es" },
  build: {
    target: "es2022",
    outDir: "../../src/bellwether/dashboard/static",
    emptyOutDir: true,
    // The page's policy allows no data addresses for fonts and styles: every asset is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { chunkFileNames: ({ facadeModuleId }) => `assets/${nameOf(facadeModuleId)}-[hash].js` } },
  },
  server: { host: "127.0.0.1", port: 5173, proxy: { "/v1": { target: SERVICE, changeOrigin: true } } },
  test: {
    include: ["src/**/*.test.{ts,tsx}", "tests/**/*.test.{ts,tsx}"],
    environment: "happy-dom",
    testTimeout: 20_000,
  },
});
