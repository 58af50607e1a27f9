/** One server for all test files. They share its database, and each test makes its own users. */

import type { TestProject } from "vitest/node";
import { Server } from "./server.ts";

declare module "vitest" {
  interface ProvidedContext {
    url: string;
  }
}

export default async function startSharedServer(
  project: TestProject,
): Promise<() => Promise<void>> {
  const server = await Server.start();
  project.provide("url", server.url);
  return () => server.close();
}
