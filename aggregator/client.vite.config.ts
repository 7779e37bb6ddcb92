/**
 * Bundles `plimsoll/client` into one file without dependencies, for Node and for browsers.
 */
import { fileURLToPath } from "node:url"
import { defineConfig } from "vite"

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  build: {
    lib: { entry: here("client.ts"), formats: ["es"], fileName: "client" },
    outDir: here("../dist/client"),
    emptyOutDir: true,
  },
})
