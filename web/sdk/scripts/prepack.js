// Builds what `npm pack` and `npm publish` put into the package, also in a clone in which nothing has
// been installed yet.

import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const SDK = fileURLToPath(new URL("..", import.meta.url));
const WEB = fileURLToPath(new URL("../..", import.meta.url));
// These options of the outer npm, such as --dry-run or --workspace, mean the package.
const OUTER = /^npm_config_(dry_run|workspaces?|include_workspace_root|json|global|omit)$/;

function run(command, parameters, cwd) {
  const env = Object.entries(process.env).filter(([name]) => !OUTER.test(name));
  const shell = process.platform === "win32";
  // Whoever calls `npm pack --json` reads standard output.
  const stdio = ["ignore", 2, 2];
  const { status } = spawnSync(command, parameters, {
    cwd,
    shell,
    stdio,
    env: { ...Object.fromEntries(env), NODE_ENV: "development" },
  });
  if (status !== 0) process.exit(status ?? 1);
}

function compiler() {
  try {
    return createRequire(import.meta.url).resolve("typescript/bin/tsc");
  } catch {
    return null;
  }
}

if (!compiler()) run("npm", ["ci", "--no-audit", "--no-fund"], WEB);
rmSync(new URL("../dist", import.meta.url), { recursive: true, force: true });
run(process.execPath, [compiler(), "-p", "tsconfig.build.json"], SDK);
