import { isScalar } from "yaml";

/** Plain texts that YAML 1.1, which Kestra reads, takes for something else than a text. */
const nothing = /^(~|null|Null|NULL|)$/;
const boolean = /^(yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/;
const integer = /^[-+]?(0b[01_]+|0[0-7_]+|0x[\da-fA-F_]+|[1-9][\d_]*|0)$/;
const float = /^[-+]?(\d[\d_]*\.[\d_]*|\.\d[\d_]*|\d[\d_]*(?=[eE]))([eE][-+]?\d+)?$/;

/** A decimal number as Java writes it, without an exponent. */
function isJavaDouble(text: string): boolean {
  const number = Number(text);
  const written = Number.isInteger(number) ? `${number}.0` : String(number);
  return written === text && (number === 0 || (number >= 1e-3 && number < 1e7));
}

/** True for a text that stays the same when Kestra reads it as a number or boolean, and writes that as a text again. */
function isKept(text: string): boolean {
  if (boolean.test(text)) return text === "true" || text === "false";
  if (integer.test(text)) return /^(0|[1-9]\d*)$/.test(text);
  return !float.test(text) || isJavaDouble(text);
}

/** What Kestra takes a flow's `id` or `namespace` for. */
interface Id {
  /** The text; undefined where there is none. */
  text?: string;
  /** Why Kestra would not keep the flow up to date, and what to do. */
  reason?: string;
  /** True for a number or boolean, which Kestra takes for an id but for no namespace. */
  isText: boolean;
}

/**
 * Reads a flow's `id` or `namespace` as Kestra does: `123` is the text 123. It creates a flow `0x1F` but takes it for
 * `31` at each later change, and refuses that, so such a text is refused from the start.
 * @param node the value in a document of the `yaml` package
 */
export function idOf(node: unknown): Id {
  if (!isScalar(node)) return { isText: false };
  if (node.type !== "PLAIN" || node.tag === "tag:yaml.org,2002:str") return { text: String(node.value), isText: true };
  const text = node.source ?? "";
  if (nothing.test(text)) return { isText: false };
  const isText = ![boolean, integer, float].some((form) => form.test(text));
  if (isKept(text)) return { text, isText };
  return {
    reason: `Kestra converts ${text} to a different value and then refuses every change of the flow: put it in quotes`,
    isText,
  };
}
