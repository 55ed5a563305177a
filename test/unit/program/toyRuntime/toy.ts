import * as pulumi from "@pulumi/pulumi";
import { Reader } from "../../../../infra/config";
import { credentials } from "../../../../kestra/server/credentials";
import { access, type Runtime } from "../../../../kestra/server/runtime";

export interface ToySettings {
  color: string;
}

/** A third runtime, all in this folder: its own API, check, data holder and setting. */
export const toy: Runtime<ToySettings> = {
  platforms: ["gcp"],
  keys: { "bay-wheels": ["color"] },
  startTimeout: 7,
  readSettings: () => ({
    color: new Reader("bay-wheels").text("color", /^(red|blue)$/, "red or blue is needed", "red")!,
  }),
  needs: ({ color }) => ({
    apis: ["run"],
    credentials: "none",
    dataHolders: [{ kind: "Toy box", name: "toy-box", settings: { "bay-wheels:color": color } }],
    checks: [{ module: "./test/unit/program/toyRuntime/toyCheck.ts", plan: { color } }],
  }),
  start(name, { settings, own, platform }, opts) {
    const url = `http://${own.color}.example.com`;
    const server = new pulumi.ComponentResource(
      "toy:index:Server",
      name,
      { timeout: settings.kestra.startTimeout },
      {
        ...opts,
        dependsOn: platform.ready,
      },
    );
    const login = credentials(name, settings.kestra, { parent: server });
    return access({ url, ...login, ready: server, data: [server] });
  },
};
