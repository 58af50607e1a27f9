import { refusal } from "./refusal.ts";
import { toast } from "./toasts.ts";

/**
 * Does it; when it is refused, says so at the edge of the page. Answers what came of it, or
 * undefined.
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
