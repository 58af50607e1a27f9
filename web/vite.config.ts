import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { budget } from "./tooling/budget.ts";
import { early } from "./tooling/early.ts";
import { pack } from "./tooling/pack.ts";
import { starts } from "./tooling/starts.ts";
import { serviceWorker } from "./tooling/worker.ts";

const path = (name: string) => `${import.meta.dirname}/src/${name}.tsx`;

const room = ["/src/main.tsx", "/src/home.tsx"];

export default defineConfig({
  plugins: [
    react(),
    early("tooling/early-script.js"),
    budget(
      {
        label: "The sign-in screen",
        modules: ["/src/main.tsx", "/src/account/screens.tsx"],
        most: 150,
      },
      { label: "A room of plain texts, at its address", modules: room, most: 150 },
      {
        label: "What comes when it is needed",
        // Each part that is loaded for what somebody writes or looks for has a line here.
        modules: [
          "/src/timeline/parse.ts",
          "/src/timeline/code-block.tsx",
          "/src/timeline/highlight.ts",
          "/src/timeline/player.tsx",
          "/src/emoji/picker.tsx",
          "/src/sidebar/finder.tsx",
          "/src/composer/shortcodes.ts",
        ],
        after: room,
        most: 80,
      },
      // Data, which the browser keeps, and no script.
      { label: "The list of emoji", modules: ["/src/emoji/list.json"], after: room, most: 45 },
    ),
    serviceWorker("worker/sw.ts"),
    pack(),
  ],
  build: {
    // These browsers support light-dark(), popovers and cascade layers.
    target: ["chrome125", "firefox128", "safari17.5"],
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Images inside of scripts or styles would need a wider policy.
    assetsInlineLimit: 0,
    rolldownOptions: {
      // Packing the files takes a second or two of a busy machine, which is not worth a warning.
      checks: { bundlerTimings: false },
      output: {
        codeSplitting: { groups: starts(path("main"), path("home"), path("account/screens")) },
      },
    },
  },
  // The library is compiled with the app, and in its tests. Its package has no source.
  resolve: {
    alias: [
      { find: /^realtime-chat-sdk$/, replacement: `${import.meta.dirname}/sdk/src/index.ts` },
    ],
  },
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
