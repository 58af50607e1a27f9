/** Before all tests: builds the web client, and starts a server for all of them. */

import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { Server } from "../sdk/tests/server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The URL of the shared server. */
    url: string;
  }
}

export default async function startServer(project: TestProject): Promise<() => Promise<void>> {
  build();
  const server = await Server.start();
  project.provide("url", server.url);
  return () => server.close();
}

/** Builds as for production: under the tests' NODE_ENV, Vite would build something else. */
function build(): void {
  execFileSync("npm", ["run", "--silent", "build", "--", "--logLevel=error"], {
    cwd: resolve(import.meta.dirname, ".."),
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "ignore", "inherit"],
  });
}
