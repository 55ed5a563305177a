import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findPulumi } from "../../local/tools/pulumiOnPath";
import { Workspace } from "../support/workspace";
import type { Names } from "./google";

const stack = "live";
const label = `bay-wheels.stack=${stack}`;

/** Minutes that a command gets to stop. */
const grace = 5;

/** Address of the stack's service account. */
export const accountOf = (project: string) => `bay-wheels-${stack}@${project}.iam.gserviceaccount.com`;

/** The folder of Pulumi's CLI. */
export function pulumiFolder(): string {
  const folder = findPulumi();
  if (folder !== undefined) return folder;
  throw new Error(
    "Pulumi 3.230 or newer, with its pulumi-language-nodejs, is not on the PATH: install it, https://www.pulumi.com/docs/install",
  );
}

/** What Docker has of the stack: containers, volumes, networks, Kestra's images. */
export function inDocker(): string[] {
  const own = ["--filter", `label=${label}`];
  const lists: [string, string[]][] = [
    ["container", ["ps", "--all", ...own, "--format", "{{.Names}}"]],
    ["volume", ["volume", "ls", ...own, "--format", "{{.Name}}"]],
    ["network", ["network", "ls", ...own, "--format", "{{.Name}}"]],
    ["image", ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}", `bay-wheels-${stack}`]],
  ];
  return lists.flatMap(([kind, args]) => {
    const { status, stdout, stderr, error } = spawnSync("docker", args, { encoding: "utf8", timeout: 60_000 });
    if (status !== 0) throw new Error(`docker ${args[0]} failed: ${error?.message ?? stderr.trim()}`);
    const names = stdout.split("\n").filter((name) => name !== "");
    return names.map((name) => `${kind} ${name}`);
  });
}

/**
 * Stack `live` in its own checkout, with this machine's Pulumi CLI and the vendors' plugins. State, plugins and
 * passphrase are in the checkout's folder and are deleted with it; bucket and dataset have unique names.
 */
export class LiveStack {
  readonly names: Names;
  /** All that Pulumi printed so far. */
  transcript = "";
  /** True while something may stand of it. */
  stands = false;
  private readonly folder: string;
  private readonly cli = join(pulumiFolder(), "pulumi");
  /** Stops the command that runs. */
  private stop = () => {};

  private constructor(
    private readonly workspace: Workspace,
    project: string,
  ) {
    const end = randomBytes(5).toString("hex");
    this.names = {
      project,
      bucket: `bay-wheels-live-${end}`,
      dataset: `bay_wheels_live_${end}`,
      account: accountOf(project),
    };
    this.folder = workspace.path(".local", "live");
    for (const folder of ["state", "home"]) mkdirSync(join(this.folder, folder), { recursive: true });
    // a file, so that whoever finds an unfinished stack can destroy it
    writeFileSync(join(this.folder, "passphrase"), randomBytes(32).toString("base64url"), { mode: 0o600 });
  }

  static async create(project: string): Promise<LiveStack> {
    return new LiveStack(await Workspace.create(), project);
  }

  /** Makes the stack and brings it up. */
  async up(): Promise<void> {
    const { project, bucket, dataset } = this.names;
    await this.pulumi(1, "stack", "init");
    const settings = { "gcp:project": project, bucketName: bucket, dataset, kestraPort: this.workspace.firstPort };
    for (const [key, value] of Object.entries(settings)) await this.pulumi(1, "config", "set", key, String(value));
    this.stands = true;
    await this.pulumi(45, "up", "--yes");
  }

  /** @throws Error when the program would change what stands. */
  async changesNothing(): Promise<void> {
    await this.pulumi(15, "preview", "--expect-no-changes");
  }

  async destroy(): Promise<void> {
    await this.pulumi(30, "destroy", "--yes");
    this.stands = false;
  }

  /** Destroys whatever stands, after a command that may have been stopped half-way. */
  async rescue(): Promise<void> {
    await this.pulumi(1, "cancel", "--yes").catch(() => {});
    await this.destroy();
  }

  /** Tells the command that runs, if any, to end what it is doing and write its state. */
  interrupt(): void {
    this.stop();
  }

  /** Outputs of the stack, secrets in plain text: for use in memory only. */
  async outputs(): Promise<Record<string, string>> {
    const printed = await this.run(1, ["stack", "output", "--json", "--show-secrets"], () => {});
    return JSON.parse(printed) as Record<string, string>;
  }

  /** Hands over a file that holds a secret, for this user alone, and deletes it afterwards. */
  async withSecretFile<T>(content: string, use: (file: string) => Promise<T>): Promise<T> {
    const file = join(this.folder, "secret");
    writeFileSync(file, content, { mode: 0o600, flag: "wx" });
    try {
      return await use(file);
    } finally {
      rmSync(file);
    }
  }

  /** How a person removes it by Pulumi, or else by hand. */
  removal(): string {
    const { project, bucket, dataset, account } = this.names;
    const variables = Object.entries(this.own()).map(([name, value]) =>
      value === undefined ? `  unset ${name}` : `  export ${name}='${value}'`,
    );
    return `In project ${project} may stand: bucket ${bucket}, dataset ${dataset}, service account ${account} with its roles; in Docker, what has
the label ${label}, and the image bay-wheels-${stack}. Its state, with the passphrase that opens it: ${this.folder}
Destroy it:
  cd '${this.workspace.folder}'
${variables.join("\n")}
  pulumi cancel --yes -s ${stack}; pulumi destroy --yes -s ${stack}
  cd - && rm -rf '${this.workspace.folder}'
Or, when Pulumi cannot, remove it by hand:
${this.byHand()}`;
  }

  /** Commands that remove what Pulumi does not. */
  byHand(): string {
    const { project, bucket, dataset, account } = this.names;
    return `  gcloud storage rm --recursive gs://${bucket}
  bq rm -r -f -d ${project}:${dataset}
  gcloud projects remove-iam-policy-binding ${project} --member=serviceAccount:${account} --role=roles/bigquery.jobUser --condition=None
  gcloud iam service-accounts delete ${account} --project=${project}
  docker rm -f $(docker ps -aq --filter label=${label})
  docker volume rm $(docker volume ls -q --filter label=${label})
  docker network rm $(docker network ls -q --filter label=${label})
  docker image rm $(docker image ls -q bay-wheels-${stack})`;
  }

  /** Deletes the checkout with the state. */
  dispose(): void {
    this.workspace.dispose();
  }

  /** Variables that keep Pulumi away from what this user has. */
  private own(): Record<string, string | undefined> {
    return {
      PULUMI_HOME: join(this.folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(this.folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: join(this.folder, "passphrase"),
      PULUMI_CONFIG_PASSPHRASE: undefined,
      PULUMI_STACK: undefined,
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
  }

  /** Runs Pulumi on the stack, which must succeed; what it prints is shown. */
  private async pulumi(minutes: number, ...args: string[]): Promise<void> {
    await this.run(minutes, args, (text) => {
      this.transcript += text;
      process.stdout.write(text);
    });
  }

  /** @returns the standard output */
  private async run(minutes: number, args: string[], show: (text: string) => void): Promise<string> {
    const child = spawn(this.cli, [...args, "-s", stack, "--non-interactive"], {
      cwd: this.workspace.folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...this.own() },
      // Ctrl-C at the terminal does not reach it, as a second one would end it half-way
      detached: true,
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", show);
    let stopped = "";
    let end: NodeJS.Timeout | undefined;
    const stop = (why: string) => {
      if (stopped !== "") return;
      stopped = `, ${why}`;
      child.kill("SIGINT");
      end = setTimeout(() => child.kill("SIGKILL"), grace * 60_000);
    };
    this.stop = () => stop("interrupted");
    const patience = setTimeout(() => stop(`stopped after ${minutes} minutes`), minutes * 60_000);
    const code = await new Promise<number | null>((done, failed) => child.on("error", failed).on("close", done));
    this.stop = () => {};
    clearTimeout(patience);
    clearTimeout(end);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${code}${stopped}: see what it printed above`);
    return output;
  }
}
