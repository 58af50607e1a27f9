// node bench/run.js: runs TypeScript on a Node.js that cannot read it.
import { runnerImport } from "vite";

const { module } = await runnerImport("./bench/main.ts");
await module.main(process.argv.slice(2));
