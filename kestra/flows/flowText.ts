import { createHash } from "node:crypto";

/**
 * A flow's text as it is kept in state: the file and the text are two YAML documents. The Pulumi CLI shows a change of
 * a text that is one YAML document as a diff of values, which knows no comments; of this text, it shows the lines.
 * Line ends become `\n`, and the byte order mark goes, so that these are the lines that differ.
 */
export function keptText(file: string, source: string): string {
  return `${file}${separator}${source.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n")}`;
}

const separator = "\n---\n";

/** File and text out of {@link keptText}. */
export function readKeptText(kept: string): { file: string; source: string } {
  const end = kept.indexOf(separator);
  return { file: kept.slice(0, end), source: kept.slice(end + separator.length) };
}

/** The text with the same line ends, and without blanks at the end of lines and of the text. */
function canonical(source: string): string {
  return (
    source
      .replace(/^\uFEFF/, "")
      .replace(/\r\n?/g, "\n")
      .replace(/[ \t]+$/gm, "")
      .replace(/\n+$/, "")
      // the line that Kestra adds stands behind whatever ended the text
      .replace(/\n+(disabled: (?:true|false))$/, "\n$1")
  );
}

/**
 * Identifies a text: every edit makes another hash, also of a comment, but for line ends, blanks at the end of a line,
 * lines at the end of the text, and the byte order mark.
 */
export function hashOfText(source: string): string {
  return createHash("sha256").update(canonical(source)).digest("base64url");
}

/** True for a text that disables its flow. */
export const isDisabledText = (source: string) => /^disabled\s*:\s*true\b/m.test(source);

/** The text of a flow that is disabled or enabled in Kestra's pages, as these change it. */
export function switchedText(source: string, disabled: boolean): string {
  const line = disabled ? /^disabled\s*:\s*false\s*/gm : /^disabled\s*:\s*true\s*/gm;
  const switched = source.replace(line, `disabled: ${disabled}\n`);
  return switched === source ? `${source}\ndisabled: ${disabled}` : switched;
}
