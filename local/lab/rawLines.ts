/** The options by which flows/sql/external_table.sql reads a published CSV line by line. */
export const rawOptions = [
  "field_delimiter = '\\x01'",
  "quote = ''",
  "skip_leading_rows = 0",
  "preserve_ascii_control_characters = true",
  "ignore_unknown_values = true",
];

/** A file with bytes that are unusual in a CSV. */
export interface UnusualFile {
  what: string;
  content: Buffer;
  /** What an external table with {@link rawOptions} reads, in any order; null: a row without a value. */
  lines: (string | null)[];
}

const file = (what: string, content: string, ...lines: (string | null)[]): UnusualFile => ({
  what,
  content: Buffer.from(content),
  lines,
});

/**
 * Files for which Google doesn't document what BigQuery reads, so that only test:live can confirm it
 * (docs/local-cloud.md, "Files that an external CSV table reads"). The emulator reads them like this. Flow 04 depends
 * on none of them but NUL, which would fail a load.
 */
export const unusualFiles: UnusualFile[] = [
  file("a lone CR ends a line", "a\rb\rc", "a", "b", "c"),
  file("a lone CR among other line ends", "a\nb\rc\r\nd\n", "a", "b", "c", "d"),
  file("a last line without an end", "a\nb", "a", "b"),
  file("a single line without an end", "a", "a"),
  file("no bytes", ""),
  file("a blank line", "a\n\n \nb\n\n", "a", null, " ", "b", null),
  file("a byte order mark", "\ufeffa,b\n1,2\n", "\ufeffa,b", "1,2"),
  file("NUL", "a\0b\n\0\n", "a\0b", "\0"),
  file("other control characters", "a\tb\u001f\u0002\n", "a\tb\u001f\u0002"),
  file("blanks around a value", " a ,b \n", " a ,b "),
  { ...file("a character that the line end truncates", "", "\ufffd"), content: Buffer.from([0xe2, 0x82, 0x0a]) },
];

/** Statements that read such a file; the last one returns one row per line, with the code points of its text. */
export const readUnusual = (table: string, uri: string): string[] => [
  `create or replace external table ${table} (raw string) options (format = 'CSV', uris = ['${uri}'], ${rawOptions.join(", ")})`,
  `select coalesce(to_json_string(to_code_points(raw)), 'null') as line from ${table}`,
];

/** A line as {@link readUnusual} returns it. */
export const codePoints = (line: string | null) =>
  JSON.stringify(line === null ? null : [...line].map((each) => each.codePointAt(0)));
