/** Namespace of all flows, entries and files. Apart from the pipeline: who only calls Kestra loads no Pulumi. */
export const namespace = "bay-wheels";
