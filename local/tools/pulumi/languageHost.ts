import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import {
  GetRequiredPackagesRequest,
  GetRequiredPackagesResponse,
  RunRequest,
  RunResponse,
} from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb";

/**
 * Pulumi's language host for this program, beside the CLI that set-up builds: the engine starts it as
 * `pulumi-language-nodejs` in the program's folder, reads its port, and asks it to run the program. The vendor's own
 * host has left the registries of modules after version 3.68, which knows less than today's engine
 * (https://github.com/pulumi/pulumi, proto/pulumi/language.proto).
 */
const engineAddress = process.argv.at(-1)!;

/** The SDK's own start of a program; it reports errors to the engine itself, then ends with this code. */
const runner = createRequire(join(process.cwd(), "index.ts")).resolve("@pulumi/pulumi/cmd/run/index.js");
const toldByItself = 32;

/**
 * Runs the program to its end: by the SDK, in a process of its own that has this one's streams, which the engine shows.
 */
async function run(request: RunRequest): Promise<RunResponse> {
  const options = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    pwd: request.getPwd(),
    parallel: String(request.getParallel()),
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const dryRun = request.getDryrun() ? ["--dry-run"] : [];
  const program = spawn(process.execPath, ["--import", "tsx", runner, ...args, ...dryRun, "."], {
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
  });
  const [code, signal] = (await once(program, "close")) as [number | null, NodeJS.Signals | null];
  const response = new RunResponse();
  if (code === toldByItself) response.setBail(true);
  else if (code !== 0)
    response.setError(signal ? `the program was ended by ${signal}` : `the program ended with code ${code}`);
  return response;
}

const server = new Server();
server.addService(LanguageRuntimeService, {
  getPluginInfo(_call: ServerUnaryCall<Empty, PluginInfo>, answer: sendUnaryData<PluginInfo>): void {
    answer(null, new PluginInfo());
  },
  // the plugins of other stacks than `local` are none of this CLI's business
  getRequiredPackages(
    _call: ServerUnaryCall<GetRequiredPackagesRequest, GetRequiredPackagesResponse>,
    answer: sendUnaryData<GetRequiredPackagesResponse>,
  ): void {
    answer(null, new GetRequiredPackagesResponse());
  },
  run({ request }: ServerUnaryCall<RunRequest, RunResponse>, answer: sendUnaryData<RunResponse>): void {
    run(request).then(
      (response) => answer(null, response),
      (error: Error) => answer(error),
    );
  },
});
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});

// an engine that is killed asks for no end; whoever takes over its processes is another parent
const engine = process.ppid;
setInterval(() => {
  if (process.ppid !== engine) process.exit(1);
}, 1000).unref();
