import { createHash } from "node:crypto";

/**
 * A flow's text as it is kept in state: the file and the text are two YAML documents. The Pulumi CLI shows a change of
 * a text that is one YAML document as a diff of values, which knows no comments; of this text, it shows the lines.
 * Line ends become `\n`, and the mark of the encoding goes, so that these are the lines that differ.
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

/** The line of a flow that disables it. Kestra's own pages write it so, behind the rest of the text. */
const disabledLine = /^disabled[ \t]*:[ \t]*(true|false)[ \t]*(?:#.*)?$\n*/m;

/** The text with the same line ends, and without blanks at the end of lines and of the text. */
function canonical(source: string): string {
  return source
    .replace(/^\uFEFF/, "")
    .replace(/\r\n?/g, "\n")
    .replace(/[ \t]+$/gm, "")
    .replace(/\n+$/, "");
}

/** What tells two texts of a flow apart. */
export interface TextState {
  /** Of the text without its line `disabled: …`. Pulumi shows no property whose name starts so. */
  __hash: string;
  /** What that line says; undefined where there is none. */
  disabled?: boolean;
}

/**
 * What tells a text from another: every edit, also of a comment, but for line ends, blanks at the end of a line, lines
 * at the end of the text, and the mark of its encoding.
 */
export function stateOfText(source: string): TextState {
  const text = canonical(source);
  const disabled = disabledLine.exec(text)?.[1];
  const hash = createHash("sha256")
    .update(canonical(text.replace(disabledLine, "")))
    .digest("base64url");
  return { __hash: hash, ...(disabled === undefined ? {} : { disabled: disabled === "true" }) };
}

/** The text of a disabled flow: as Kestra's own pages change it. */
export function disabledText(source: string): string {
  return disabledLine.test(canonical(source))
    ? source.replace(/^disabled[ \t]*:[ \t]*false\b/m, "disabled: true")
    : `${source}\ndisabled: true`;
}
