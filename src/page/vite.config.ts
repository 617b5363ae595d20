/** How the page is made: static files with relative addresses, for any server and any folder. */
import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig } from "vite";

const source = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const page = (name: string): string => source(`page/${name}`);

const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  resolve: {
    alias: [
      { find: /^tapstack$/, replacement: source("api/index.ts") },
      { find: /^tapstack\/lab$/, replacement: source("lab/index.ts") },
      { find: /^tapstack\/events$/, replacement: source("events/index.ts") },
      { find: /^tapstack\/explain$/, replacement: source("explain/index.ts") },
      { find: /^tapstack\/stack$/, replacement: source("stack/index.ts") },
      ...["link", "memory", "simulation"].map((name) => ({
        find: new RegExp(`^tapstack/drivers/${name}$`),
        replacement: source(`drivers/${name}/index.ts`),
      })),
    ],
  },
  build: {
    outDir: source("../build/page"),
    emptyOutDir: true,
    target: "es2023",
    rolldownOptions: {
      input: { lab: page("index.html"), live: page("live.html") },
      // How long its plugins took is nothing for who wants to see a page.
      checks: { pluginTimings: false },
    },
    chunkSizeWarningLimit: 1000,
  },
  worker: { format: "es" },
});

export default config;
