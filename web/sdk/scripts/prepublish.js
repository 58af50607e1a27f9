// Refuses to publish while `repository` in package.json is an example. The source has no public address
// yet, and npm does not let anybody change what was published.

import { readFileSync } from "node:fs";

const file = new URL("../package.json", import.meta.url);
const { repository } = JSON.parse(readFileSync(file, "utf8"));
const { hostname } = new URL(repository.url.replace(/^git\+/, ""));
if (/(^|\.)example\.(com|net|org)$/.test(hostname)) {
  console.error(`package.json: name the public repository in place of ${repository.url}`);
  process.exit(1);
}
