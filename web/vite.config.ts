import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { early } from "./tooling/early.ts";

export default defineConfig({
  plugins: [react(), early("tooling/early-script.js")],
  // What has light-dark(), popover and cascade layers.
  build: { target: ["chrome125", "firefox128", "safari17.5"], modulePreload: { polyfill: false } },
  resolve: { conditions: ["source", "module", "browser", "development|production"] },
  server: {
    // The server that `make run` starts.
    proxy: {
      "/api": "http://localhost:8080",
      "/socket.io": { target: "http://localhost:8080", ws: true },
    },
  },
});
