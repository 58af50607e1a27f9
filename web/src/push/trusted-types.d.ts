/** What TypeScript's DOM does not know yet. */
interface TrustedTypePolicyFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL: (input: string) => string },
  ): { createScriptURL(input: string): unknown };
}

declare var trustedTypes: TrustedTypePolicyFactory | undefined;
