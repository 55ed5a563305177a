import { stripVTControlCharacters } from "node:util";

/** A text from a server or a file as one that a terminal only shows: without control sequences and other controls. */
export const plainText = (text: string) => stripVTControlCharacters(text).replace(/(?!\n)\p{Cc}/gu, "");
