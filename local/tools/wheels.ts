import { constants, copyFileSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Run } from "./run";

/** Where set-up keeps the Python packages that it installs: in the user's cache folder, for every checkout. */
export function wheelFolder(): string {
  const { XDG_CACHE_HOME } = process.env;
  const usual = process.platform === "darwin" ? join(homedir(), "Library", "Caches") : join(homedir(), ".cache");
  // an empty value counts as unset
  return join(XDG_CACHE_HOME || usual, "bay-wheels", "wheels");
}

/** A wheel gets its name when it is whole; builds side by side may bring the same one. */
function keep(from: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const wheel of readdirSync(from)) {
    const half = join(folder, `.${wheel}.${process.pid}`);
    try {
      copyFileSync(join(from, wheel), half, constants.COPYFILE_FICLONE);
      renameSync(half, join(folder, wheel));
    } catch (error) {
      rmSync(half, { force: true });
      throw error;
    }
  }
}

/**
 * Installs pinned packages into the virtual environment `out` from the wheel folder, without the network; only when one
 * lacks there or is broken are all of them fetched first. pip's own cache is no help without a network, as pip asks the
 * index for each package nevertheless.
 * @throws Error with one line when they cannot be fetched
 */
export async function installWheels(out: string, requirements: string, run: Run): Promise<void> {
  const folder = wheelFolder();
  const pip = (command: string, args: string[], failure?: string) =>
    run(
      join(out, "bin", "python"),
      ["-m", "pip", "--disable-pip-version-check", command, "--no-deps", ...args, "-r", requirements],
      { failure },
    );
  const install = () => pip("install", ["--no-index", "--find-links", folder]);
  try {
    return await install();
  } catch (error) {
    // Ctrl-C while it installs is no reason to fetch
    if (error instanceof Error && error.cause !== undefined) throw error;
  }
  const fetched = join(out, "wheels");
  // `pip wheel`, not `pip download`: what is published as source alone is built, once; and not straight into the
  // folder, where pip would leave half a file when it is interrupted and take it for whole the next time
  await pip(
    "wheel",
    ["--wheel-dir", fetched],
    `the packages of ${requirements} could not be fetched. Check the network connection, then run the same command again`,
  );
  keep(fetched, folder);
  rmSync(fetched, { recursive: true });
  await install();
}
