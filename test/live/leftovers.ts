import { spawnSync } from "node:child_process";
import { stackName, type Names } from "./names";

const label = `bay-wheels.stack=${stackName}`;

/** What Docker has of the stack: containers, volumes, networks, Kestra's images. */
export function inDocker(): string[] {
  const own = ["--filter", `label=${label}`];
  const lists: [string, string[]][] = [
    ["container", ["ps", "--all", ...own, "--format", "{{.Names}}"]],
    ["volume", ["volume", "ls", ...own, "--format", "{{.Name}}"]],
    ["network", ["network", "ls", ...own, "--format", "{{.Name}}"]],
    ["image", ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}", `bay-wheels-${stackName}`]],
  ];
  return lists.flatMap(([kind, args]) => {
    const { status, stdout, stderr, error } = spawnSync("docker", args, { encoding: "utf8", timeout: 60_000 });
    if (status !== 0) throw new Error(`docker ${args[0]} failed: ${error?.message ?? stderr.trim()}`);
    const names = stdout.split("\n").filter((name) => name !== "");
    return names.map((name) => `${kind} ${name}`);
  });
}

const dockerCommands = `
  docker ps -aq --filter label=${label} | xargs -r docker rm -f
  docker volume ls -q --filter label=${label} | xargs -r docker volume rm
  docker network ls -q --filter label=${label} | xargs -r docker network rm
  docker image ls -q bay-wheels-${stackName} | xargs -r docker image rm`;

/** The lists show the names that Pulumi made unique. */
const clusterCommands = (project: string) => `
  gcloud container clusters list --project=${project}; gcloud sql instances list --project=${project}
  gcloud container clusters delete <cluster> --location=us-central1 --project=${project}
  gcloud sql instances delete <instance> --project=${project}
  gcloud artifacts repositories delete bay-wheels-${stackName} --location=us-central1 --project=${project}
  gcloud iam service-accounts delete kestra-nodes-${stackName}@${project}.iam.gserviceaccount.com --project=${project}
  gcloud storage rm --recursive gs://<bucket kestra-storage-…>
  gcloud compute networks list --project=${project}   # kestra-network-vpc-…: delete its router, subnetwork, then itself`;

/** Commands that remove what Pulumi didn't. */
export function removalByHand({ runtime, project, bucket, dataset, account }: Names): string {
  const member = `--member=serviceAccount:${account} --role=roles/bigquery.jobUser --condition=None`;
  return `  gcloud storage rm --recursive gs://${bucket}
  bq rm -r -f -d ${project}:${dataset}
  gcloud projects remove-iam-policy-binding ${project} ${member}
  gcloud iam service-accounts delete ${account} --project=${project}${runtime === "gke" ? clusterCommands(project) : dockerCommands}`;
}
