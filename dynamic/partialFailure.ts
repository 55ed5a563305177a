/**
 * The error of work that was done in part: Pulumi keeps what is done in its state, and the next `pulumi up` goes on.
 * The fields are those that the process of dynamic providers looks for.
 */
export class PartialFailure extends Error {
  override name = "PartialFailure";
  readonly properties: object;
  readonly reasons: string[];

  /**
   * @param id of the resource, as when all had been done
   * @param state what is done
   * @param inputs of the resource: they hold the provider's code, which a state needs
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
