/**
 * The version of Kestra that every stack runs, also of its chart: they go together from 1.3.16 on. The image, the local
 * engine and the documents name it, too; test/unit/kestra/server/{image,version}.test.ts compare them.
 */
export const kestraVersion = "1.3.31";
