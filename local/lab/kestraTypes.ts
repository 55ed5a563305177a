/** What the Kestra API answers, as far as tests look at it. */

export interface ErrorBody {
  message: string;
  _links: { self: { href: string; templated: boolean } };
  _embedded: { errors: { message: string; path: string }[] };
}

export interface Page<T> {
  results: T[];
  total: number;
}

export interface Flow {
  id: string;
  namespace: string;
  revision: number;
  source?: string;
  deleted: boolean;
}

export interface Verdict {
  index: number;
  flow?: string;
  namespace?: string;
  constraints?: string;
  outdated: boolean;
}

export interface KvEntry {
  type: string;
  value: unknown;
  revision: number;
  updated: string;
}

export interface KvListing {
  namespace: string;
  key: string;
  description?: string;
  version: number;
  expirationDate: string;
}

export interface FileEntry {
  fileName: string;
  type: string;
  size: number;
}

export interface State {
  current: string;
}

/** Outputs of the tasks that tests use. */
export type Outputs = {
  value: string;
  uri: string;
  code: number;
  iterationCount: number;
  outputFiles: Record<string, string>;
};

export interface TaskRun {
  id: string;
  executionId: string;
  taskId: string;
  state: State;
  attempts: unknown[];
  outputs: Outputs;
}

export interface Execution {
  id: string;
  flowId: string;
  flowRevision: number;
  state: State;
  inputs: Record<string, unknown>;
  labels: { key: string; value: string }[];
  taskRunList: TaskRun[];
  url: string;
}

export interface LogLine {
  level: string;
  message: string;
}

export interface Trigger {
  flowId: string;
  triggerId: string;
  disabled: boolean;
  nextExecutionDate?: string;
  backfill?: { start: string; paused: boolean };
}
