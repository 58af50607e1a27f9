import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { budget } from "./tooling/budget.ts";
import { early } from "./tooling/early.ts";
import { pack } from "./tooling/pack.ts";
import { worker } from "./tooling/worker.ts";

export default defineConfig({
  plugins: [
    react(),
    early("tooling/early-script.js"),
    budget(
      { module: "/src/main.tsx", label: "The sign-in screen", most: 120 },
      { module: "/src/home.tsx", label: "A room", most: 150 },
    ),
    worker("worker/sw.ts"),
    pack(),
  ],
  build: {
    // They have light-dark(), popovers and cascade layers.
    target: ["chrome125", "firefox128", "safari17.5"],
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // An image inside of a script or style would need a wider policy.
    assetsInlineLimit: 0,
  },
  resolve: { conditions: ["source", "module", "browser", "development|production"] },
  server: {
    // The server that `make run` starts.
    proxy: {
      "/api": "http://localhost:8080",
      "/media": "http://localhost:8080",
      "/avatars": "http://localhost:8080",
      "/socket.io": { target: "http://localhost:8080", ws: true },
    },
  },
});
