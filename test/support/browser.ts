import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { Browser } from "puppeteer-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const apps = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

function onPath(name: string): string | undefined {
  try {
    return execFileSync("which", [name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}

/**
 * Starts Chromium without a window.
 * @throws Error that says what to install if there's none
 */
export async function startBrowser(): Promise<Browser> {
  const path = process.env.CHROMIUM ?? names.map(onPath).find(Boolean) ?? apps.find((app) => existsSync(app));
  if (path === undefined)
    throw new Error(
      "Chromium was not found: install it (apt-get install chromium), or set CHROMIUM to a browser's path.",
    );
  const { launch } = await import("puppeteer-core");
  // Chromium's sandbox refuses root; the only pages it shows here are our own
  return launch({ executablePath: path, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
}
