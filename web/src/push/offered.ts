import { cell } from "../lib/value.ts";

/** Whether notifications are being offered. */
export const notificationsOffered = cell(false);
