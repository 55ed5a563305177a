import { randomBytes } from "node:crypto";
import type { Subject, Type } from "./behaviour";
import { isFresh } from "./clock";
import { startKestra, stopKestra } from "./container";
import { pushedImages, repositoryType } from "./google/data";
import { build, imageId } from "./image";
import { serve } from "./provider";
import type { Properties } from "./store";

const hex = () => randomBytes(32).toString("hex");

interface Registry {
  server?: string;
  username?: string;
  password?: string;
}

/** Without a tag or a digest. */
const repositoryOf = (image: string) => image.replace(/[:@][^/]*$/, "");

/** Builds, then pushes with the credentials that it was given before. */
function buildAndPush(subject: Subject): void {
  build(subject);
  push(subject);
}

/** A push to a registry of Google's: https://cloud.google.com/artifact-registry/docs/docker/authentication#token */
function push({ inputs, store }: Subject): void {
  if (inputs.skipPush === true) return;
  const image = String(inputs.imageName);
  const { server, username, password = "" } = (inputs.registry ?? {}) as Registry;
  const repository = repositoryOf(image).split("/").slice(0, 3).join("/");
  if (server !== image.split("/")[0])
    throw new Error(`error during image push: no credentials for ${image}, whose registry is not '${server}'`);
  if (username !== "oauth2accesstoken" || !isFresh(password, store))
    throw new Error(`error during image push: denied: Unauthenticated request to ${repository}`);
  const isThere = store.all(repositoryType).some(({ properties }) => properties.registryUri === repository);
  if (!isThere) throw new Error(`error during image push: name unknown: Repository "${repository}" not found`);
  store.setNote(pushedImages, `${store.note(pushedImages) ?? ""}${image}\n`);
}

/** Verified in the vendor's plugin: user and password of a registry are no change of an image, its address is. */
const withoutCredentials = ({ registry, ...inputs }: Properties): Properties =>
  registry === undefined ? inputs : { ...inputs, registry: { server: (registry as Registry).server } };

/**
 * The types of @pulumi/docker that this program uses, with the properties of the vendor's schema that matter to the
 * engine.
 */
const types: Record<string, Type> = {
  "docker:index/network:Network": { required: [], replaceOn: ["name", "labels"], autoName: "name" },
  "docker:index/volume:Volume": {
    required: [],
    replaceOn: ["name", "labels"],
    autoName: "name",
    id: ({ inputs }) => String(inputs.name),
  },
  "docker:index/image:Image": {
    required: ["imageName"],
    replaceOn: [],
    blind: true,
    counted: withoutCredentials,
    renewed: ["repoDigest"],
    outputs: ({ inputs }) => ({ repoDigest: `${repositoryOf(String(inputs.imageName))}@sha256:${hex()}` }),
    created: buildAndPush,
    updated: buildAndPush,
  },
  "docker:index/remoteImage:RemoteImage": {
    required: ["name"],
    replaceOn: ["name"],
    outputs: ({ inputs, store }) => ({ imageId: imageId(store, String(inputs.name)) }),
  },
  "docker:index/container:Container": {
    required: ["image"],
    // https://registry.terraform.io/providers/kreuzwerker/docker/latest/docs/resources/container: almost all of them
    replaceOn: [
      "name",
      "image",
      "command",
      "envs",
      "uploads",
      "ports",
      "user",
      "healthcheck",
      "networksAdvanced",
      "volumes",
    ],
    autoName: "name",
    id: hex,
    created: startKestra,
    deleted: stopKestra,
  },
};

serve({ name: "docker", version: "5.2.0", types });
