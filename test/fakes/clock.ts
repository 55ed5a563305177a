import { randomBytes } from "node:crypto";
import type { Store } from "./store";

/** Note of the minutes that the fakes' work took so far, as it would in earnest. */
const clockNote = "minutes-passed";

const minutes = (store: Store) => Number(store.note(clockNote) ?? 0);

/** Lets time pass on the fakes' clock. */
export function pass(store: Store, duration: number): void {
  store.setNote(clockNote, String(minutes(store) + duration));
}

/** Minutes that an access token of Google's lives. */
const tokenLife = 60;

/** An access token, another one at every call. */
export const freshToken = (store: Store) =>
  [process.env.GOOGLE_OAUTH_ACCESS_TOKEN, minutes(store), randomBytes(8).toString("hex")].join(".");

/** True for a token of this account's that hasn't expired. */
export function isFresh(token: string, store: Store): boolean {
  const [account, given] = token.split(".");
  return account === process.env.GOOGLE_OAUTH_ACCESS_TOKEN && minutes(store) - Number(given) < tokenLife;
}
