/** An emulator's response other than success. */
class EmulatorError extends Error {
  constructor(
    what: string,
    readonly status: number,
    reason: string,
  ) {
    super(`${what}: the emulator's response was ${status}: ${reason}`);
  }
}

/**
 * One request to an emulator's REST API; returns the JSON body, undefined for an empty one.
 * @param what the subject of messages, such as `Bucket 'trips'`
 * @throws EmulatorError with the emulator's message, or Error when there's no response
 */
export async function request<T>(what: string, method: string, url: string, body?: object): Promise<T | undefined> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      ...(body ? { body: JSON.stringify(body), headers: { "content-type": "application/json" } } : {}),
    });
  } catch {
    throw new Error(`${what}: the emulator at ${new URL(url).origin} can't be reached. Start it with: npm start`);
  }
  const text = await response.text();
  if (response.ok) return text === "" ? undefined : (JSON.parse(text) as T);
  throw new EmulatorError(what, response.status, messageOf(text));
}

/** Like {@link request} with GET, but undefined for 404. */
export async function find<T>(what: string, url: string): Promise<T | undefined> {
  try {
    return await request<T>(what, "GET", url);
  } catch (error) {
    if (error instanceof EmulatorError && error.status === 404) return undefined;
    throw error;
  }
}

function messageOf(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string } };
    return error?.message ?? text;
  } catch {
    return text.slice(0, 300);
  }
}
