import type { PublishedObject } from "./source";

/** Name of the bucket with the monthly files. */
export const bucket = "baywheels-data";

/** S3's limit for one page of a listing. */
const largestPage = 1000;

/** What a listing is asked for: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export interface ListingQuery {
  prefix: string;
  /** Keys up to this one have been told already. */
  marker: string;
  maxKeys: number;
}

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as it stands in XML. */
export const xmlText = (text: string) => text.replace(/[&<>"]/g, (character) => escapes[character]!);

function contents({ key, lastModified, content }: PublishedObject): string {
  const known = content ? `<ETag>&quot;${content.md5}&quot;</ETag><Size>${content.size}</Size>` : "";
  return `<Contents><Key>${xmlText(key)}</Key><LastModified>${lastModified.toISOString()}</LastModified>${known}</Contents>`;
}

/** One page of the bucket's listing, as S3 writes it. `objects` are in the order of their keys. */
export function listingPage(objects: PublishedObject[], { prefix, marker, maxKeys }: ListingQuery): string {
  const size = Math.min(maxKeys, largestPage);
  const matching = objects.filter(({ key }) => key.startsWith(prefix) && key > marker);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">',
    `<Name>${bucket}</Name><Prefix>${xmlText(prefix)}</Prefix><Marker>${xmlText(marker)}</Marker><MaxKeys>${size}</MaxKeys>`,
    `<IsTruncated>${matching.length > size}</IsTruncated>`,
    ...matching.slice(0, size).map(contents),
    "</ListBucketResult>",
  ].join("");
}

/** A month that can be loaded. */
export interface ListedMonth {
  /** Such as `2025-03`. */
  month: string;
  objectName: string;
}

/** The keys of monthly files, as flow 05_gcp_load_data_scheduled takes them. */
const monthlyKey = /^(20\d\d)(0[1-9]|1[0-2])-.*tripdata.*\.zip$/;

/**
 * The months that a bucket lists, oldest first.
 * @param tripsUrl the bucket, without a trailing slash
 * @throws Error when the bucket cannot be listed
 */
export async function publishedMonths(tripsUrl: string): Promise<ListedMonth[]> {
  const months: ListedMonth[] = [];
  for (let marker: string | undefined = ""; marker !== undefined;) {
    const url = `${tripsUrl}/?prefix=20&marker=${encodeURIComponent(marker)}`;
    const answer = await fetch(url);
    if (!answer.ok)
      throw new Error(`The listing at ${url} was answered with ${answer.status}. Is that a bucket that can be listed?`);
    const page = await answer.text();
    const keys = [...page.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key!);
    for (const objectName of keys) {
      const [, year, month] = monthlyKey.exec(objectName) ?? [];
      if (year !== undefined) months.push({ month: `${year}-${month}`, objectName });
    }
    // S3 tells the next marker only for listings with a delimiter: it is the last key
    marker = page.includes("<IsTruncated>true</IsTruncated>") ? keys.at(-1) : undefined;
  }
  return months.sort((a, b) => (a.month < b.month ? -1 : 1));
}
