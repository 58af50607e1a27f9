/** The committed types match the running server. `npm run types` writes them. */

import { expect, inject, test } from "vitest";
import { eventTypes, httpTypes } from "../scripts/describe.ts";

async function described(name: string): Promise<unknown> {
  return (await fetch(`${inject("url")}/api/${name}.json`)).json();
}

test("the types of the HTTP calls are up to date", async () => {
  const types = await httpTypes(await described("openapi"));
  await expect(types).toMatchFileSnapshot("../src/generated/http.ts");
});

test("the types of the events are up to date", async () => {
  const types = await eventTypes(await described("asyncapi"));
  await expect(types).toMatchFileSnapshot("../src/generated/events.ts");
});
