import * as docker from "@pulumi/docker";
import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { adoption } from "../../../infra/access/adoption";
import { labels } from "../../../infra/labels";
import { repositoryId, repositoryName } from "../../../infra/stackName";
import { findEngine } from "../docker/engine";
import { kestraDockerfile, kestraImageTag } from "../docker/images";

export interface PushedImageArgs {
  project: string;
  region: string;
  /** Names of what exists and is taken over. */
  adopt: string[];
}

/** The platform of GKE's nodes; without it, a Mac would build an image for ARM. */
const platform = "linux/amd64";

/** Images that the repository keeps: the current one, and some to go back to. */
const kept = 5;

/** Kestra's image, the same as for runtime `docker`, built on this machine and pushed to the stack's own repository. */
export class PushedImage extends pulumi.ComponentResource {
  public readonly registry: gcp.artifactregistry.Repository;
  /** Name without a tag, known once the image can be pulled. */
  public readonly repository: pulumi.Output<string>;
  /** Changes with the content of the image and with nothing else. */
  public readonly tag = kestraImageTag(platform);

  constructor(name: string, { project, region, adopt }: PushedImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:kestra:PushedImage", name, {}, opts);
    const child = { parent: this };
    this.registry = createRepository(name, { project, region, adopt }, child);
    const { host, certPath } = findEngine();
    const engine = new docker.Provider(`${name}-docker`, { host, certPath }, child);
    const server = `${region}-docker.pkg.dev`;
    const repository = pulumi.interpolate`${server}/${project}/${this.registry.repositoryId}/kestra`;
    const image = {
      imageName: pulumi.interpolate`${repository}:${this.tag}`,
      build: { context: ".", dockerfile: kestraDockerfile, platform },
    };
    const onEngine = { ...child, provider: engine };
    const built = new docker.Image(`${name}-build`, { ...image, skipPush: true }, onEngine);
    // it lives an hour at most, which the build may take: asked for only when that is done
    const { accessToken } = gcp.organizations.getClientConfigOutput({ ...child, dependsOn: built });
    const pushed = new docker.Image(
      `${name}-push`,
      {
        // finds the build in Docker's cache
        ...image,
        // a different token in each run, which the plugin doesn't treat as a change
        registry: { server, username: "oauth2accesstoken", password: pulumi.secret(accessToken) },
      },
      { ...onEngine, dependsOn: built },
    );
    this.repository = pushed.urn.apply(() => repository);
    this.registerOutputs({});
  }
}

/** The stack's own repository of images. */
function createRepository(
  name: string,
  { project, region, adopt }: PushedImageArgs,
  opts: pulumi.CustomResourceOptions,
): gcp.artifactregistry.Repository {
  const id = repositoryId();
  const path = `projects/${project}/locations/${region}/repositories/${id}`;
  return new gcp.artifactregistry.Repository(
    `${name}-repository`,
    {
      project,
      location: region,
      repositoryId: id,
      format: "DOCKER",
      description: "Kestra with dbt",
      labels: labels(),
      cleanupPolicies: [
        { id: "keep-latest", action: "KEEP", mostRecentVersions: { keepCount: kept } },
        { id: "delete-others", action: "DELETE", condition: { tagState: "ANY", olderThan: "604800s" } },
      ],
    },
    { ...opts, ...adoption({ adopt }, repositoryName(region), path) },
  );
}
