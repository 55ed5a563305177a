/**
 * Work that failed partway: Pulumi keeps what was done in its state, and the next `pulumi up` continues from there. The
 * dynamic provider process looks for these fields.
 */
export class PartialFailure extends Error {
  override name = "PartialFailure";
  readonly properties: object;
  readonly reasons: string[];

  /**
   * @param id of the resource, as after a success
   * @param state what was done
   * @param inputs of the resource: they hold the provider's code, which the state needs
   */
  constructor(
    message: string,
    readonly id: string,
    state: object,
    inputs: object,
  ) {
    super(message);
    const { __provider } = inputs as { __provider?: string };
    this.properties = { ...state, __provider };
    this.reasons = [message];
  }
}
