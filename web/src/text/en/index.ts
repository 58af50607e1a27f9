import { account } from "./account.ts";
import { common } from "./common.ts";

/** All texts in English, a file for each part of the app. */
export const en = { ...common, account };
