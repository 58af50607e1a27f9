import { refusal } from "./refusal.ts";
import { toast } from "./toasts.ts";

/**
 * Does the work. If it is refused, a toast says why. Returns the answer, or undefined after a
 * refusal.
 */
export async function attempt<T>(
  work: () => Promise<T>,
  done?: string,
): Promise<{ answer: T } | undefined> {
  try {
    const answer = await work();
    if (done) toast(done);
    return { answer };
  } catch (error) {
    toast(refusal(error), { kind: "danger" });
    return undefined;
  }
}
