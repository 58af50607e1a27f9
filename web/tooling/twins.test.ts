/** A search for an exported function, class, type or component finds one: no two share a name. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const SOURCES = ["src", "sdk/src", "sdk/tests", "worker", "tooling", "e2e", "bench"];

function isFunction(node: ts.Expression | undefined): boolean {
  return node !== undefined && (ts.isArrowFunction(node) || ts.isCallExpression(node));
}

/** The names that a statement exports. Plain values, which are named in capitals, are left out. */
function exportedBy(node: ts.Statement): readonly string[] {
  const exported =
    ts.canHaveModifiers(node) &&
    ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  if (!exported) return [];
  if (ts.isVariableStatement(node)) {
    const { declarations } = node.declarationList;
    return declarations
      .filter(({ initializer }) => isFunction(initializer))
      .map(({ name }) => name.getText());
  }
  const named =
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node);
  return named && node.name ? [node.name.text] : [];
}

function exportsOf(path: string): readonly string[] {
  const text = readFileSync(join(ROOT, path), "utf8");
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  // The overloads of a function are one name.
  return [...new Set(source.statements.flatMap(exportedBy))];
}

const paths = SOURCES.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path) && !/\.test\.ts$|generated/.test(path))
    .map((path) => `${folder}/${path}`),
);
const modules = new Map<string, readonly string[]>();
for (const path of paths) {
  for (const name of exportsOf(path)) modules.set(name, [...(modules.get(name) ?? []), path]);
}
const twins = [...modules].filter(([, found]) => found.length > 1);

test("no exported name stands in two modules", () => {
  expect(modules.size).toBeGreaterThan(300);
  expect(twins).toEqual([]);
});
