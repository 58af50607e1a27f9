/** What TypeScript's DOM types do not contain yet. */
interface TrustedTypePolicyFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL: (input: string) => string },
  ): { createScriptURL(input: string): unknown };
}

declare var trustedTypes: TrustedTypePolicyFactory | undefined;
