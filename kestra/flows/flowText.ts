import { createHash } from "node:crypto";

/**
 * A flow's source as state stores it: the file's path and the source, as two YAML documents. For a text that is a
 * single YAML document, the Pulumi CLI shows a diff of values, which ignores comments; for this one, it shows a diff of
 * lines. Line endings become `\n` and the byte order mark is removed, so that only lines that really changed differ.
 */
export function keptText(file: string, source: string): string {
  return `${file}${separator}${source.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n")}`;
}

const separator = "\n---\n";

/** Reverses {@link keptText}. */
export function readKeptText(kept: string): { file: string; source: string } {
  const end = kept.indexOf(separator);
  return { file: kept.slice(0, end), source: kept.slice(end + separator.length) };
}

/** The source with uniform line endings, and without blanks at the end of lines and of the text. */
function canonical(source: string): string {
  return (
    source
      .replace(/^\uFEFF/, "")
      .replace(/\r\n?/g, "\n")
      .replace(/[ \t]+$/gm, "")
      .replace(/\n+$/, "")
      // Kestra adds this line after whatever ended the text
      .replace(/\n+(disabled: (?:true|false))$/, "\n$1")
  );
}

/**
 * Identifies a source. Every edit changes the hash, even in a comment, except to line endings, blanks at the end of a
 * line, empty lines at the end of the text, and the byte order mark.
 */
export function hashOfText(source: string): string {
  return createHash("sha256").update(canonical(source)).digest("base64url");
}

/** True for a source that disables its flow. */
export const isDisabledText = (source: string) => /^disabled\s*:\s*true\b/m.test(source);

/** A flow's source, as the Kestra UI changes it to disable or enable the flow. */
export function switchedText(source: string, disabled: boolean): string {
  const line = disabled ? /^disabled\s*:\s*false\s*/gm : /^disabled\s*:\s*true\s*/gm;
  const switched = source.replace(line, `disabled: ${disabled}\n`);
  return switched === source ? `${source}\ndisabled: ${disabled}` : switched;
}
