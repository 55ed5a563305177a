import { fetch } from "undici";
import { parse } from "yaml";
import { dispatcherTo, rootCause } from "../../../infra/google/httpProxy";

/** Milliseconds until the look-up of some megabytes ends. */
const timeout = 30_000;

/** Repositories that this process has read. */
const known = new Map<string, Promise<Index>>();

/** A Helm repository's list of charts: https://helm.sh/docs/topics/chart_repository/#the-index-file */
interface Index {
  entries?: Record<string, { version?: string }[] | undefined>;
}

/**
 * Versions of a chart in a repository, which is read once in a process.
 * @throws Error with the reason in a few words if it can't be read
 */
export async function versionsOf(repository: string, chart: string): Promise<string[]> {
  const url = `${repository.replace(/\/$/, "")}/index.yaml`;
  const index = known.get(url) ?? read(url);
  known.set(url, index);
  const { entries = {} } = await index;
  return (entries[chart] ?? []).flatMap(({ version }) => version ?? []);
}

async function read(url: string): Promise<Index> {
  const { host } = new URL(url);
  const { status, text } = await get(url).catch((error: Error) => {
    throw new Error(`${host} can't be reached: ${rootCause(error).message}`);
  });
  if (status !== 200) throw new Error(`${host} answers with status ${status}`);
  const index = parsed(text);
  if (typeof index?.entries !== "object") throw new Error(`${host} has no index of charts`);
  return index;
}

async function get(url: string) {
  const answer = await fetch(url, { dispatcher: dispatcherTo(url), signal: AbortSignal.timeout(timeout) });
  return { status: answer.status, text: await answer.text() };
}

/** The index; null for a sign-in page, or whatever else isn't one. */
function parsed(text: string): Partial<Index> | null {
  try {
    return parse(text) as Index | null;
  } catch {
    return null;
  }
}
