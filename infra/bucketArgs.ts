import { labels } from "./labels";

/** Google's own default for deleted objects: 7 days in seconds. */
const softDeleteSeconds = 7 * 24 * 3600;

/**
 * What every bucket of the stack has: it's private, and deleted with the stack.
 * @param isProtected true: deleting it fails while it holds objects, and deleted objects can be restored for a week
 */
export function bucketArgs(isProtected: boolean) {
  return {
    labels: labels(),
    uniformBucketLevelAccess: true,
    publicAccessPrevention: "enforced",
    // what a destroy deletes must not be kept, and paid for, another week
    softDeletePolicy: { retentionDurationSeconds: isProtected ? softDeleteSeconds : 0 },
    forceDestroy: !isProtected,
  };
}
