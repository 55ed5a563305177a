import { randomBytes } from "node:crypto";
import { startKestra, stopKestra } from "./container";
import { serve, type Type } from "./provider";

const hex = () => randomBytes(32).toString("hex");

/** The types of @pulumi/docker that this program uses, with the properties of the vendor's schema that matter to the engine. */
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
    outputs: () => ({ repoDigest: `sha256:${hex()}` }),
  },
  "docker:index/remoteImage:RemoteImage": {
    required: ["name"],
    replaceOn: ["name"],
    outputs: () => ({ imageId: `sha256:${hex()}` }),
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

serve("docker", "5.2.0", types);
