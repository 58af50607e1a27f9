// Says which module may import which. `npm run check` applies these rules with dependency-cruiser
// to all imports, including types and lazily loaded modules.

import { readFileSync } from "node:fs";

const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));

/** The layers of src/, the lowest first. A module may import its own folder and lower layers. */
const LAYERS = [
  ["text"],
  ["lib"],
  ["ui"],
  ["offline"],
  // The only client of the page.
  ["chat.ts"],
  ["layout", "emoji", "keys"],
  ["people"],
  ["rooms"],
  // What an open room offers to the rows and the composer inside it. The view itself is higher up.
  ["room/context.ts"],
  ["timeline"],
  ["composer"],
  ["room", "details", "notifications", "search", "push"],
  ["farewell.ts"],
  ["session.ts"],
  ["account"],
  ["settings", "sidebar"],
  ["panels"],
  ["home.tsx"],
  ["app.tsx"],
  ["main.tsx"],
];

const path = (name) => (name.includes(".") ? `^src/${name}$` : `^src/${name}/`);
const paths = (layers) => layers.flat().map(path);

/** A module imports neither its neighbours in the layer nor anything above. */
const layerRules = LAYERS.slice(0, -1).flatMap((layer, height) => {
  const lower = paths(LAYERS.slice(0, height));
  const higher = paths(LAYERS.slice(height + 1));
  return layer.map((name) => ({
    name: `layer-${name}`,
    comment: "Import from lower layers only: see LAYERS in tooling/import-rules.js",
    severity: "error",
    // A file of a folder can be a lower layer of its own, as room/context.ts is.
    from: { path: path(name), pathNot: lower },
    to: {
      path: [...paths(layer.filter((other) => other !== name)), ...higher],
      pathNot: [path(name), ...lower],
    },
  }));
});

/** The library is found through its workspace even if package.json does not name it. */
const unnamedWorkspace = "realtime-chat-sdk" in dependencies ? [] : ["aliased-workspace"];

/** The modules of the library that use Node.js's own. */
const NODE_ONLY = "^sdk/src/(node|file-cache|kept-entries)\\.ts$";

export default {
  forbidden: [
    ...layerRules,
    {
      name: "every-module-has-a-layer",
      comment: "Give the new folder of src/ its place in LAYERS",
      severity: "error",
      from: {},
      to: { path: "^src/", pathNot: [...paths(LAYERS), "^src/styles/"] },
    },
    {
      name: "no-module-alone",
      comment: "Nothing imports it, and it imports nothing: delete it",
      severity: "error",
      from: {
        orphan: true,
        pathNot: ["\\.d\\.ts$", "^(tooling/early-script|sdk/scripts/prepack)\\.js$"],
      },
      to: {},
    },
    {
      name: "no-cycle",
      comment: "Two modules that import each other are one: split off what both need",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "sdk-stands-alone",
      comment: "The library is usable without the app",
      severity: "error",
      from: { path: "^sdk/src/", pathNot: NODE_ONLY },
      to: { pathNot: ["^sdk/src/", "^node_modules/"] },
    },
    {
      name: "sdk-runs-in-browsers",
      comment: "What needs Node.js is imported from realtime-chat-sdk/node alone",
      severity: "error",
      from: { path: "^sdk/src/", pathNot: NODE_ONLY },
      to: { path: NODE_ONLY },
    },
    {
      name: "sdk-by-its-front-door",
      comment: "The app uses the library as its other users do",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^sdk/", pathNot: "^sdk/src/index\\.ts$" },
    },
    {
      name: "app-ships-no-tools",
      comment: "What is shipped imports no code of tests, benchmarks or the build",
      severity: "error",
      from: { path: ["^src/", "^worker/"], pathNot: "\\.test\\.ts$" },
      to: { path: ["^e2e/", "^bench/", "^tooling/", "^sdk/tests/"] },
    },
    {
      name: "worker-takes-its-texts-only",
      comment: "The service worker is a file of its own: it shares no code with the page",
      severity: "error",
      from: { path: "^worker/" },
      to: { path: "^src/", pathNot: "^src/text/en/worker\\.ts$" },
    },
    {
      name: "packages-are-named",
      comment: "Name the package in the nearest package.json",
      severity: "error",
      from: {},
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", ...unnamedWorkspace] },
    },
    {
      name: "no-unknown-module",
      comment: "The import leads nowhere",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ["node_modules"] },
    exclude: { path: ["\\.css$", "^sdk/dist/"] },
    // Types count too.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
      extensions: [".ts", ".tsx", ".js", ".d.ts"],
    },
  },
};
