import { KestraClient } from "../../../kestra/client/client";
import { containerFolder, startKestra } from "../../fakes/container";
import { killServer } from "../../fakes/server";
import { EngineStack, surroundings } from "./engineStack";

/** Name of the container that Kestra is in. */
const kestra = "bay-wheels-dev-kestra";

/** Stack `dev`; in the place of Kestra's container answers the embedded server. */
export class DevStack extends EngineStack {
  static async create(): Promise<DevStack> {
    const stack = new DevStack(await surroundings("dev", ["gcp", "docker"]));
    await stack.succeed("stack", "init");
    await stack.succeed("config", "set", "gcp:project", "test-project-1");
    await stack.succeed("config", "set", "kestraPort", String(stack.workspace.firstPort));
    return stack;
  }

  /** Starts Kestra's container once more, as Docker does with one that ended. */
  restartKestra(): void {
    const inputs = this.properties("container:Container", this.kestraContainer());
    startKestra({ name: "", config: {}, inputs, store: this.store });
  }

  /** Id of Kestra's container. */
  kestraContainer(): string {
    return this.store.all().find(({ properties }) => properties.name === kestra)!.id;
  }

  /** File of a container's folder: `log`, `application.yml`, `pid`. */
  containerFile(container: string, file: string): string {
    return `${containerFolder(this.store, container)}/${file}`;
  }

  /** Ends the server in Kestra's container at once, as a crash would. */
  killKestra(): void {
    killServer(containerFolder(this.store, kestra));
  }

  override async client(): Promise<KestraClient> {
    const { kestraUrl: url, kestraUser: username, kestraPassword: password } = await this.outputs();
    return new KestraClient({ kind: "address", url: url!, username: username!, password: password! });
  }

  override dispose(): void {
    this.killKestra();
    super.dispose();
  }
}
