// node bench/run.js: what is in TypeScript, on a Node.js that does not read it.
import { runnerImport } from "vite";

const { module } = await runnerImport("./bench/main.ts");
await module.main(process.argv.slice(2));
