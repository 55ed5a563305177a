import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { kestraImageTag, postgresImage } from "../../../../kestra/server/docker/images";
import { email, made, plain, valueOf, withDocker } from "../../support/cloudStacks";

describe("Kestra of stack dev, in Docker", () => {
  withDocker();
  let stack: Awaited<ReturnType<typeof made>>;

  before(async () => {
    stack = await made();
  });

  const confined = {
    restart: "unless-stopped",
    privileged: false,
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges:true"],
    logDriver: "json-file",
    logOpts: { "max-size": "10m", "max-file": "5" },
    stopTimeout: 60,
    destroyGraceSeconds: 60,
  };
  const dockerLabels = [{ label: "bay-wheels.stack", value: "dev" }];
  const databasePassword = "Canary-1-kestra-postgres-password";

  it("run Postgres confined, on a volume of its own, with its password in a file and no port of the machine", () => {
    assert.deepEqual(stack.inputsOf("kestra-postgres-image"), { name: postgresImage, keepLocally: true });
    assert.match(postgresImage, /^postgres:\d+\.\d+-\w+$/);
    assert.deepEqual(stack.inputsOf("kestra-postgres-password"), {
      kind: "password",
      generation: "kestra-postgres-data-1",
    });
    const { healthcheck, uploads, ...container } = stack.inputsOf("kestra-postgres-container");
    assert.deepEqual(container, {
      ...confined,
      memory: 1024,
      memorySwap: 1024,
      name: "bay-wheels-dev-postgres",
      image: "sha256:kestra-postgres-image",
      user: "postgres",
      envs: ["POSTGRES_DB=kestra", "POSTGRES_USER=kestra", "POSTGRES_PASSWORD_FILE=/run/secrets/postgres-password"],
      volumes: [{ volumeName: "kestra-postgres-data-1", containerPath: "/var/lib/postgresql/data" }],
      networksAdvanced: [{ name: "network-1", aliases: ["postgres"] }],
      labels: dockerLabels,
      wait: true,
      waitTimeout: 120,
    });
    assert.deepEqual(healthcheck, {
      tests: ["CMD", "pg_isready", "-h", "127.0.0.1", "-U", "kestra", "-d", "kestra"],
      interval: "5s",
      timeout: "5s",
      retries: 12,
    });
    assert.deepEqual(plain(uploads), [
      { file: "/run/secrets/postgres-password", content: databasePassword, permissions: "0444" },
    ]);
  });

  it("build Kestra's image for the engine's platform under a name that changes with its content", () => {
    assert.deepEqual(stack.inputsOf("kestra-build"), {
      imageName: `bay-wheels-dev:${kestraImageTag("linux/amd64")}`,
      build: { context: ".", dockerfile: "kestra/server/image/Dockerfile", platform: "linux/amd64" },
      skipPush: true,
      buildOnPreview: false,
    });
    assert.deepEqual(stack.inputsOf("kestra-image"), { name: `bay-wheels-dev:${kestraImageTag("linux/amd64")}` });
    assert.deepEqual(stack.inputsOf("kestra-docker"), { host: "unix:///var/run/docker.sock" });
  });

  it("run Kestra confined, at a port of 127.0.0.1, with its configuration in a file", () => {
    const { healthcheck, uploads, ...container } = stack.inputsOf("kestra-container");
    assert.deepEqual(container, {
      ...confined,
      memory: 4096,
      memorySwap: 4096,
      name: "bay-wheels-dev-kestra",
      image: "sha256:kestra-image",
      user: "kestra",
      command: ["server", "standalone"],
      envs: ["MICRONAUT_CONFIG_FILES=/app/secrets/application.yml", "JAVA_OPTS=-XX:MaxRAMPercentage=50"],
      volumes: [{ volumeName: "kestra-storage-1", containerPath: "/app/storage" }],
      networksAdvanced: [{ name: "network-1", aliases: ["kestra"] }],
      ports: [{ internal: 8080, external: 8080, ip: "127.0.0.1" }],
      labels: dockerLabels,
    });
    assert.deepEqual(healthcheck, {
      tests: ["CMD", "curl", "-fsS", "http://127.0.0.1:8081/health/readiness"],
      interval: "10s",
      timeout: "5s",
      startPeriod: "2m0s",
      retries: 6,
    });
    const [upload] = plain(uploads) as [{ file: string; content: string; permissions: string }];
    assert.match(upload.permissions, /^0[0-7]{3}$/);
    assert.equal(upload.file, "/app/secrets/application.yml");
    assert.deepEqual(parse(upload.content), {
      datasources: {
        postgres: {
          url: "jdbc:postgresql://postgres:5432/kestra",
          "driver-class-name": "org.postgresql.Driver",
          username: "kestra",
          password: databasePassword,
        },
      },
      kestra: {
        url: "http://127.0.0.1:8080",
        server: { "basic-auth": { username: "admin@bay-wheels.local", password: "Canary-1-kestra-password" } },
        encryption: { "secret-key": "Canary-1-kestra-encryption-key" },
        storage: { type: "local", local: { "base-path": "/app/storage" } },
        "anonymous-usage-report": { enabled: false },
        "ui-anonymous-usage-report": { enabled: false },
        "tutorial-flows": { enabled: false },
        repository: { type: "postgres" },
        queue: { type: "postgres" },
      },
    });
  });

  it("use the engine that was found, every one of them", () => {
    const all = stack.resources.filter(({ type }) => type.startsWith("docker:"));
    assert.equal(all.length, 8);
    for (const { name, provider } of all) assert.match(provider!, /::kestra-docker::kestra-docker-id$/, name);
  });

  it("mount nothing of the machine, so no socket of Docker's either", () => {
    for (const name of ["kestra-container", "kestra-postgres-container"]) {
      const { volumes, mounts, devices } = stack.inputsOf(name);
      assert.deepEqual([mounts, devices], [undefined, undefined]);
      for (const volume of volumes as object[])
        assert.deepEqual(Object.keys(volume).sort(), ["containerPath", "volumeName"]);
    }
  });

  it("take secrets from the settings in place of generated ones", async () => {
    const encryptionKey = Buffer.alloc(32, "k").toString("base64");
    const config = {
      "bay-wheels:kestraPassword": "Canary-Password-2",
      "bay-wheels:kestraEncryptionKey": encryptionKey,
    };
    const { resources, inputsOf } = await made(config, Object.keys(config));
    assert.ok(!resources.some(({ name }) => ["kestra-password", "kestra-encryption-key"].includes(name)));
    const [{ content }] = plain(inputsOf("kestra-container").uploads) as [{ content: string }];
    assert.match(content, /password: Canary-Password-2/);
    assert.ok(content.includes(encryptionKey));
  });

  it("wait for a server that answers its user, and report how to reach it", async () => {
    assert.deepEqual(stack.inputsOf("kestra-ready"), {
      endpoint: { kind: "address", url: "http://127.0.0.1:8080" },
      username: "admin@bay-wheels.local",
      password: { secret: "Canary-1-kestra-password" },
      server: "kestra-container-id",
      docker: { container: "bay-wheels-dev-kestra", engine: "unix:///var/run/docker.sock" },
      timeout: 300,
    });
    assert.equal(await pulumi.isSecret(stack.runtime.connection), true);
    assert.deepEqual(await valueOf(stack.runtime.connection), {
      kind: "address",
      url: "http://127.0.0.1:8080",
      username: "admin@bay-wheels.local",
      password: "Canary-1-kestra-password",
    });
  });
  it("have a key, unless they are to run as the machine's own account, which is checked first", async () => {
    const names = ({ resources }: typeof stack) => resources.map(({ name }) => name);
    const differing = ["data-key", "pipeline-GCP_CREDS", "kestra-identity"];
    const ambient = await made({ "bay-wheels:credentials": "ambient" });
    assert.deepEqual(
      [names(stack), names(ambient)].map((each) => differing.filter((name) => each.includes(name))),
      [["data-key", "pipeline-GCP_CREDS"], ["kestra-identity"]],
    );
    assert.deepEqual(ambient.inputsOf("kestra-identity"), {
      container: "bay-wheels-dev-kestra",
      server: "kestra-container-id",
      account: email,
    });
    assert.equal(ambient.inputsOf("pipeline-DBT_TARGET").value, "oauth");
    await assert.rejects(
      made({ "bay-wheels:credentials": "none" }),
      /^Error: Config 'bay-wheels:credentials' is 'none': allowed are key, ambient\. Change it with: pulumi config set/,
    );
  });
});
