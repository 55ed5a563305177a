/** What the Kestra API answers, as far as tests look at it. */

export interface ErrorBody {
  message: string;
  _links: { self: { href: string; templated: boolean } };
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
}

export interface Verdict {
  index: number;
  flow?: string;
  constraints?: string;
}

export interface KvEntry {
  type: string;
  value: unknown;
  revision: number;
}

export interface FileEntry {
  fileName: string;
  type: string;
}

export interface State {
  current: string;
}

export interface TaskRun {
  id: string;
  executionId: string;
  taskId: string;
  parentTaskRunId?: string;
  state: State;
  attempts: unknown[];
  outputs: Record<string, string>;
}

export interface Execution {
  id: string;
  flowId: string;
  state: State;
  taskRunList: TaskRun[];
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
}
