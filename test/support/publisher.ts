import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { freePort } from "../../local/lab/kestraHost";

/** Columns of a file since 2020. */
export const header =
  "ride_id,rideable_type,started_at,ended_at,start_station_name,start_station_id,end_station_name,end_station_id,start_lat,start_lng,end_lat,end_lng,member_casual";

/** A row of such a file, between two stations of San Francisco. */
export const ride = (id: string, start: string, end: string) =>
  `${id},classic_bike,${start},${end},A St,SF-A1,B St,SF-B1,37.77,-122.41,37.78,-122.42,member`;

const answers = (url: string) =>
  fetch(url).then(
    (answer) => answer.ok,
    () => false,
  );

/** The open-data server on a folder of hand-made months. */
export class Publisher {
  readonly folder = mkdtempSync(join(tmpdir(), "bay-wheels-published-"));
  private server?: ChildProcess;
  private url = "";

  /** Starts it; it lists a month of 2016 that nobody loads, since a folder without any is refused. */
  async start(): Promise<void> {
    mkdirSync(join(this.folder, "baywheels-data"));
    mkdirSync(join(this.folder, "resource"));
    this.publishCounties("the_geom,objectid,fipsstco,county\n");
    this.put("2016-notes.zip", strToU8("no month"));
    const port = await freePort();
    const args = ["--import", "tsx", "local/openData/server.ts", "--port", String(port), "--folder", this.folder];
    this.server = spawn(process.execPath, [...args, "--data-dir", this.folder], { stdio: "inherit" });
    this.url = `http://127.0.0.1:${port}`;
    while (!(await answers(`${this.url}/health`))) {
      assert.equal(this.server.exitCode, null, "the open-data server ended");
      await new Promise((again) => setTimeout(again, 100));
    }
  }

  /** Address of the bucket of months. */
  get tripsUrl(): string {
    return `${this.url}/baywheels-data`;
  }

  /** Address of the counties' file. */
  get countiesUrl(): string {
    return `${this.url}/resource/wamw-vt4s.csv`;
  }

  /** Publishes a month such as 202101 as its CSV's lines, zipped beside what macOS adds; the object's name. */
  publish(month: string, ...lines: string[]): string {
    const name = `${month}-baywheels-tripdata.csv`;
    const content = strToU8(`${lines.join("\n")}\n`);
    this.put(`${name}.zip`, zipSync({ [name]: content, [`__MACOSX/._${name}`]: strToU8("fork") }));
    return `${name}.zip`;
  }

  /** Publishes any object. */
  put(object: string, content: Uint8Array): void {
    writeFileSync(join(this.folder, "baywheels-data", object), content);
  }

  /** Takes an object away. */
  withdraw(object: string): void {
    rmSync(join(this.folder, "baywheels-data", object));
  }

  publishCounties(csv: string): void {
    writeFileSync(join(this.folder, "resource", "wamw-vt4s.csv"), csv);
  }

  stop(): void {
    this.server?.kill();
    rmSync(this.folder, { recursive: true });
  }
}
