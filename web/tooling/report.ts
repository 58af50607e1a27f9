import { writeFileSync } from "node:fs";
import type {
  Reporter,
  SerializedError,
  TestCase,
  TestModule,
  TestRunEndReason,
} from "vitest/node";

/**
 * Writes what `.ci/gate.py` reads of a run, into the file that `REPORT` names: the tests that passed
 * and failed, by their file and name, and what failed that is no test, such as an import or a hook.
 */
export default class Report implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const errors = [...unhandled, ...suites.flatMap((suite) => suite.errors())];
    const broken = errors.map((error) => error.message);
    if (reason === "interrupted") broken.push("it was interrupted");
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const names = (state: string) =>
      tests.filter((test) => test.result().state === state).map(nameOf);
    const report = { passed: names("passed"), failed: names("failed"), broken };
    writeFileSync(process.env.REPORT ?? "", JSON.stringify(report));
  }
}

/**
 * `FILE > NAME`, the name as `vitest -t` matches it. If the tests run in several browsers, the
 * browser's name and a colon come first.
 */
function nameOf(test: TestCase): string {
  const names: string[] = [test.name];
  for (let parent = test.parent; parent.type === "suite"; parent = parent.parent) {
    names.unshift(parent.name);
  }
  const where = test.project.name ? `${test.project.name}: ` : "";
  return `${where}${test.module.relativeModuleId} > ${names.join(" ")}`;
}
