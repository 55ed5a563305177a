import type { PublishedObject } from "./source";

/** Name of the bucket with the monthly files. */
export const bucket = "baywheels-data";

/** S3's limit for one page of a listing. */
const largestPage = 1000;

/** Parameters of a listing: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export interface ListingQuery {
  prefix: string;
  /** The page starts after this key. */
  marker: string;
  maxKeys: number;
}

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Escapes text for XML. */
export const xmlText = (text: string) => text.replace(/[&<>"]/g, (character) => escapes[character]!);

/** Unescapes text from XML; `&amp;` comes last, so that its result isn't unescaped again. */
const plainText = (text: string) =>
  Object.entries(escapes).reduceRight((plain, [character, escape]) => plain.replaceAll(escape, character), text);

function contents({ key, lastModified, content }: PublishedObject): string {
  const known = content ? `<ETag>&quot;${content.md5}&quot;</ETag><Size>${content.size}</Size>` : "";
  return `<Contents><Key>${xmlText(key)}</Key><LastModified>${lastModified.toISOString()}</LastModified>${known}</Contents>`;
}

/**
 * The keys of one page, and whether more follow.
 * @param keys every key of the bucket, ascending
 */
export function pageOf(keys: string[], { prefix, marker, maxKeys }: ListingQuery) {
  const matching = keys.filter((key) => key.startsWith(prefix) && key > marker);
  const size = Math.min(maxKeys, largestPage);
  // S3 reports an empty page as complete
  return { keys: matching.slice(0, size), truncated: size > 0 && matching.length > size };
}

/** A page of the bucket's listing in S3's format, without ETag and Size for objects that aren't generated yet. */
export function listingPage(objects: PublishedObject[], truncated: boolean, query: ListingQuery): string {
  const { prefix, marker, maxKeys } = query;
  const size = Math.min(maxKeys, largestPage);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">',
    `<Name>${bucket}</Name><Prefix>${xmlText(prefix)}</Prefix><Marker>${xmlText(marker)}</Marker><MaxKeys>${size}</MaxKeys>`,
    `<IsTruncated>${truncated}</IsTruncated>`,
    ...objects.map(contents),
    "</ListBucketResult>",
  ].join("");
}

/** A month that can be loaded. */
export interface ListedMonth {
  /** Such as `2025-03`. */
  month: string;
  objectName: string;
}

/** Matches the keys of monthly files like flow 04_gcp_load_month does. */
const monthlyKey = /^(20\d\d)(0[1-9]|1[0-2])[ _-][\w .-]*tripdata[\w .-]*\.zip$/i;

async function getListing(url: string): Promise<string> {
  const answer = await fetch(url).catch((error: Error) => {
    const reason = error.cause instanceof Error ? error.cause.message : error.message;
    throw new Error(`The listing at ${url} can't be reached: ${reason}. Is that server up?`);
  });
  const page = await answer.text();
  if (answer.ok && page.includes("<ListBucketResult")) return page;
  throw new Error(`GET ${url} returned status ${answer.status} and no bucket listing. Check the bucket's URL`);
}

/**
 * The months that a bucket lists, oldest first; the newest object of a month counts, as in the flow.
 * @param tripsUrl the bucket, without a trailing slash
 * @throws Error when the bucket can't be listed
 */
export async function publishedMonths(tripsUrl: string): Promise<ListedMonth[]> {
  const months = new Map<string, { objectName: string; modified: string }>();
  for (let marker: string | undefined = ""; marker !== undefined;) {
    const page = await getListing(`${tripsUrl}/?prefix=20&marker=${encodeURIComponent(marker)}`);
    const objects = [...page.matchAll(/<Key>([^<]*)<\/Key><LastModified>([^<]*)</g)].map(([, key, modified]) => {
      return { objectName: plainText(key!), modified: modified! };
    });
    for (const object of objects) {
      const [, year, number] = monthlyKey.exec(object.objectName) ?? [];
      const month = `${year}-${number}`;
      if (year !== undefined && (months.get(month)?.modified ?? "") <= object.modified) months.set(month, object);
    }
    // S3 returns NextMarker only for listings with a delimiter; otherwise it's the last key
    marker = page.includes("<IsTruncated>true</IsTruncated>") ? objects.at(-1)?.objectName : undefined;
  }
  return [...months]
    .map(([month, { objectName }]) => ({ month, objectName }))
    .sort((a, b) => (a.month < b.month ? -1 : 1));
}
