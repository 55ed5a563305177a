import * as pulumi from "@pulumi/pulumi";

/** What Pulumi would serialize; replaced before registration. */
const none = {} as pulumi.dynamic.ResourceProvider;

/**
 * A dynamic resource whose provider is a shim (shim.ts): one line of code instead of serialized closures, which take
 * 2 kB in the inputs and again in the outputs.
 */
export abstract class DynamicResource extends pulumi.dynamic.Resource {
  /**
   * @param provider source of the shim
   * @param module and `type` name the resource's type: `kestra` and `Flow` make `pulumi-nodejs:dynamic/kestra:Flow`
   */
  constructor(
    provider: string,
    name: string,
    props: pulumi.Inputs,
    opts: pulumi.CustomResourceOptions | undefined,
    module: string,
    type: string,
  ) {
    const state: pulumi.ResourceTransformation = ({ props, opts }) => ({
      props: { ...props, __provider: provider },
      opts,
    });
    super(none, name, props, pulumi.mergeOptions(opts, { transformations: [state] }), module, type);
  }
}
