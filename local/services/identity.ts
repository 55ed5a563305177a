import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync, realpathSync } from "node:fs";
import { sep } from "node:path";

/** What identifies a process: its number alone is reused once it has ended, and after a reboot. */
export interface Identity {
  /** Start time: on Linux in ticks since boot, on macOS as text. */
  startedAt: string;
  /** Absolute working directory as it is now: it follows a folder that is moved, and a copy has another one. */
  folder: string;
}

/** What a command of macOS prints, whatever the language and time zone are. */
const printed = (command: string, ...args: string[]) =>
  execFileSync(command, args, {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
    stdio: ["ignore", "pipe", "ignore"],
  });

/** The process that has a number now; undefined when there is none, it has ended, or it belongs to another user. */
export function identityOf(pid: number): Identity | undefined {
  try {
    if (process.platform === "linux") {
      // field 2, the name in brackets, may hold anything; field 22 is the start
      const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)!.split(" ");
      return { startedAt: fields[19]!, folder: readlinkSync(`/proc/${pid}/cwd`) };
    }
    const folder = /^n(.*)$/m.exec(printed("lsof", "-a", "-d", "cwd", "-Fn", "-p", String(pid)))?.[1];
    const startedAt = printed("ps", "-o", "lstart=", "-p", String(pid)).trim();
    return folder === undefined ? undefined : { startedAt, folder };
  } catch {
    return undefined;
  }
}

/** Command line of a process, or undefined when there is no such process. */
export function commandLine(pid: number): string | undefined {
  try {
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    return printed("ps", "-ww", "-o", "args=", "-p", String(pid));
  } catch {
    return undefined;
  }
}

/** The checkout that this process works in, as the system names it. */
const checkout = () => realpathSync(".");

/** True for a process that works in this checkout itself, as its services do. */
export const worksHere = ({ folder }: Identity) => folder === checkout();

/** True for a process that works in this checkout or a folder of it. */
export const worksBelow = ({ folder }: Identity) => `${folder}${sep}`.startsWith(`${checkout()}${sep}`);
