// The first step of every npm script and of ./bay. It runs before any package is installed, so it uses Node alone:
// checks the system, installs the npm packages that the lock file names, and hands over to main.ts.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, "node_modules", ".bay-wheels-lock");

function fail(message) {
  console.error(message);
  process.exit(1);
}

function checkSystem() {
  const system = `${process.platform} ${process.arch}`;
  if (!["linux x64", "linux arm64", "darwin x64", "darwin arm64"].includes(system)) {
    fail(
      `System ${system} is not supported: use Linux (x86-64 or arm64) or macOS; on Windows, run this inside WSL2 ` +
        "(https://learn.microsoft.com/windows/wsl/install).",
    );
  }
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(
      `Node ${process.versions.node} is too old: version 20.19 or newer is needed (22 is recommended), ` +
        "from https://nodejs.org or your package manager.",
    );
  }
}

function failToWrite(error) {
  fail(
    `npm packages could not be installed: ${error.message}. Free some disk space or make node_modules writable, ` +
      "then run the same command again.",
  );
}

/**
 * Installs the packages once for each state of the lock file; an interrupted install leaves no stamp and is done again.
 */
function installPackages() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  console.error("Installing npm packages ...");
  try {
    rmSync(stamp, { force: true });
  } catch (error) {
    failToWrite(error);
  }
  const result = spawnSync("npm", ["ci", "--prefer-offline"], { cwd: root, stdio: ["inherit", 2, "inherit"] });
  if (result.error) fail(`npm cannot be run (${result.error.code}): it comes with Node, from https://nodejs.org.`);
  if (result.status !== 0)
    fail("npm packages could not be installed: see npm's message above, then run the same command again.");
  try {
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, lock);
  } catch (error) {
    failToWrite(error);
  }
}

checkSystem();
installPackages();
const child = spawn(process.execPath, ["--import", "tsx", join("cli", "main.ts"), ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
// at Ctrl-C the terminal signals the child as well, which may have to finish its work; other signals to this process
// are passed on
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("close", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
