/** Lines that `console.error` writes while something runs, whether it fails or not. */
export async function printedErrors(work: () => unknown): Promise<string[]> {
  const { error } = console;
  let text = "";
  console.error = (line: string) => (text += `${line}\n`);
  try {
    await work();
  } catch {
    // its error is another test's
  } finally {
    console.error = error;
  }
  return text.split("\n").slice(0, -1);
}
