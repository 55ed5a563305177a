import type { Statement } from "../../local/oracles/zetasql/zetaSql";

interface ListedJob {
  configuration: { labels?: Record<string, string>; query: { query: string } };
}

/** A statement, or a script of several, as it ran. */
export interface Rendered extends Statement {
  /** The dbt build that it belongs to. */
  invocation?: string;
}

/** Every statement of flows and models that a stack's warehouse ran, in order, named by flow and task or dbt node. */
export async function renderedStatements(url: string, project: string): Promise<Rendered[]> {
  const answer = await fetch(`${url}/bigquery/v2/projects/${project}/jobs?projection=full&maxResults=100000`);
  const { jobs } = (await answer.json()) as { jobs: ListedJob[] };
  return jobs.reverse().flatMap(({ configuration: { labels = {}, query } }): Rendered[] => {
    const { kestra_flow_id: flow, kestra_task_id: task } = labels;
    const { dbt_invocation_id: invocation } = labels;
    const node = /"node_id": "([^"]+)"/.exec(query.query)?.[1];
    if (flow !== undefined) return [{ name: `flow ${flow}, task ${task}`, sql: query.query }];
    return invocation === undefined ? [] : [{ name: `dbt ${node ?? "(no node)"}`, sql: query.query, invocation }];
  });
}
