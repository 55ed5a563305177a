/** Kestra as code: flows, KV entries and namespace files as Pulumi resources. */
export { connect, type ConnectionArgs } from "./connect";
export type { ClusterTarget, Connection } from "./client/connection";
export { KestraError, KestraUnreachable } from "./client/errors";
export type { KvType } from "./client/kv";
export type { FoundFlow, FoundKv, GetFlowArgs, GetFlowsArgs, GetKvArgs, ListedFlow, LookupArgs } from "./lookups";
export { getFlow, getFlowOutput, getFlows, getFlowsOutput, getKv, getKvOutput } from "./lookups";
export { Flow, type FlowArgs } from "./resources/flow";
export { FlowSet, type FlowSetArgs } from "./resources/flowSet";
export { KvEntry, type KvEntryArgs } from "./resources/kvEntry";
export { NamespaceFiles, type NamespaceFilesArgs } from "./resources/namespaceFiles";
