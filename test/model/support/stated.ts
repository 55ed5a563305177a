/** Forgets what resources stated in this process: each `up` of Pulumi has a provider process of its own. */
export const forgetStated = (): void => {
  // the product's own one takes this place
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    (require("../../../kestra/handlers/stated") as { forgetStated: () => void }).forgetStated();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
  }
};
