// Reads a description as authors of clients do. Prints one line of JSON.
//
//   node read.mjs openapi <file>: the TypeScript that openapi-typescript makes of it
//   node read.mjs asyncapi <file>: what the parser finds wrong, and the models that Modelina makes

import { readFileSync } from "node:fs";
import { PythonGenerator, TypeScriptGenerator } from "@asyncapi/modelina";
import { Parser } from "@asyncapi/parser";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const [kind, file] = process.argv.slice(2);
const source = readFileSync(file, "utf8");

async function openapi() {
  const types = astToString(await openapiTS(JSON.parse(source)));
  const { diagnostics } = ts.transpileModule(types, { reportDiagnostics: true });
  return { types, faults: diagnostics.map(({ messageText }) => messageText) };
}

async function asyncapi() {
  const { document, diagnostics } = await new Parser().parse(source);
  // 0 is an error, 1 a warning; the rest is advice.
  const faults = diagnostics.filter(({ severity }) => severity < 2).map(({ message }) => message);
  const models = {};
  for (const [name, generator] of [
    ["typescript", new TypeScriptGenerator()],
    ["python", new PythonGenerator()],
  ]) {
    models[name] = (await generator.generate(document)).map(({ modelName }) => modelName);
  }
  return { faults, models };
}

console.log(JSON.stringify(await { openapi, asyncapi }[kind]()));
