/**
 * A search for a constant, or for an exported function, class, type or component, finds one: no two
 * modules define the same name.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const SOURCES = ["src", "sdk/src", "sdk/tests", "worker", "tooling", "e2e", "bench"];

/** Here the constants of a module count as well, exported or not. */
const SHIPPED = /^(src|sdk\/src|worker)\//;
const CONSTANT = /^[A-Z][A-Z0-9_]+$/;

/** The names that a statement exports, and the constants that it defines. */
function namesOf(node: ts.Statement): readonly string[] {
  const exported =
    ts.canHaveModifiers(node) &&
    ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  if (ts.isVariableStatement(node)) {
    const names = node.declarationList.declarations.map(({ name }) => name.getText());
    return names.filter((name) => exported || CONSTANT.test(name));
  }
  if (!exported) return [];
  const named =
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node);
  return named && node.name ? [node.name.text] : [];
}

function definedIn(path: string): readonly string[] {
  const text = readFileSync(join(ROOT, path), "utf8");
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  // The overloads of a function are one name.
  return [...new Set(source.statements.flatMap(namesOf))];
}

const paths = SOURCES.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path) && !/\.test\.ts$|generated/.test(path))
    .map((path) => `${folder}/${path}`),
);
const modules = new Map<string, readonly string[]>();
for (const path of paths) {
  for (const name of definedIn(path)) {
    if (CONSTANT.test(name) && !SHIPPED.test(path)) continue;
    modules.set(name, [...(modules.get(name) ?? []), path]);
  }
}
const twins = [...modules].filter(([, found]) => found.length > 1);

test("no name stands in two modules", () => {
  expect(modules.size).toBeGreaterThan(300);
  expect(twins).toEqual([]);
});
