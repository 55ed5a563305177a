import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { costWarning, monthlyBill, monthlyCost, prices, type CostArgs } from "../../../kestra/server/gke/costs";
import { parts } from "../../../kestra/server/gke/parts";

const small: CostArgs["database"] = { tier: "db-custom-1-3840", availability: "zonal" };
const regional: CostArgs["database"] = { tier: "db-custom-2-7680", availability: "regional" };
const cents = (bill: Record<string, number>) =>
  Object.fromEntries(Object.entries(bill).map(([line, dollars]) => [line, dollars.toFixed(2)]));

describe("the cost of runtime gke", () => {
  it("is what one takes from the price list by hand", () => {
    assert.deepEqual(cents(monthlyBill({ workers: 1, database: small })), {
      "cluster fee": "73.00",
      // 730 h x (2 x 0.0445 + 8 x 0.0049225 + 4 x 0.0001389)
      "pods but workers": "94.12",
      // 730 h x (1 x 0.0445 + 4 x 0.0049225 + 5 x 0.0001389)
      workers: "47.37",
      // 730 h x (1 x 0.0413 + 3.75 x 0.007)
      "database: CPU, memory": "49.31",
      // 10 x 0.17 + 10 x 0.08
      "database: SSD, backups": "2.50",
      "database: endpoint": "7.30",
      // 730 h x (5 x 0.0014 + 0.005) + 0.045 = 8.805
      "Cloud NAT": "8.80",
      // 3 x 0.10 + 10 x 0.02
      "image, Kestra's bucket": "0.50",
    });
    assert.equal(monthlyCost({ workers: 1, database: small }).toFixed(2), "282.91");
    assert.equal(monthlyCost({ workers: 3, database: small }).toFixed(2), "379.68");
  });

  it("doubles the database where it is regional, but not its backups", () => {
    const bill = cents(monthlyBill({ workers: 1, database: regional }));
    // 2 x 730 h x (2 x 0.0413 + 7.5 x 0.007)
    assert.equal(bill["database: CPU, memory"], "197.25");
    // 2 x 10 x 0.17 + 10 x 0.08
    assert.equal(bill["database: SSD, backups"], "4.20");
  });

  it("pays Cloud NAT for no more than 32 machines", () => {
    // 54 pods: 730 h x (0.044 + 0.005) + 0.045
    assert.equal(cents(monthlyBill({ workers: 50, database: small }))["Cloud NAT"], "35.81");
  });

  it("needs a tier whose name states its size", () => {
    assert.throws(
      () => monthlyCost({ workers: 1, database: { tier: "db-f1-micro", availability: "zonal" } }),
      /Database tier 'db-f1-micro': db-custom-<vCPU>-<MiB> is needed/,
    );
  });

  it("is shown idle and busy, with how to end it", () => {
    assert.equal(
      costWarning({ workers: 3, database: small }),
      "A cluster costs money by the hour, even when nothing runs in it: about $283 a month with one worker, " +
        "about $380 with all 3 workers all month, at the list prices of us-central1, without BigQuery. " +
        "To stop the costs, run `pulumi destroy`; docs/scale.md has the calculation.",
    );
    assert.match(
      costWarning({ workers: 1, database: small }),
      /about \$283 a month with one worker, at the list prices/,
    );
  });
});

describe("docs/scale.md", () => {
  const document = readFileSync("docs/scale.md", "utf8");
  const has = (...cells: (string | number)[]) => {
    const row = `| ${cells.join(" | ")} |`;
    assert.ok(document.includes(row), row);
  };
  const whole = (workers: number, database: CostArgs["database"]) => Math.round(monthlyCost({ workers, database }));

  it("has every price that the estimate uses", () => {
    const rows = [...document.matchAll(/^\| `(\w+)` \| ([\d.]+) \|/gm)].map(([, name, price]) => [name, Number(price)]);
    assert.deepEqual(Object.fromEntries(rows), prices);
  });

  it("has the bill that the function gives, line by line", () => {
    const [idle, busy] = [1, 3].map((workers) => cents(monthlyBill({ workers, database: small })));
    for (const [line, dollars] of Object.entries(idle!)) has(line, dollars, busy![line]!);
    has("**together**", ...[1, 3].map((workers) => `**${monthlyCost({ workers, database: small }).toFixed(2)}**`));
  });

  it("has the dollars of other sizes that the function gives", () => {
    for (const workers of [1, 2, 3, 5, 10, 20, 50])
      has(
        workers,
        whole(workers, small),
        whole(workers, { ...small, availability: "regional" }),
        whole(workers, regional),
      );
  });

  it("has the sizes of all parts", () => {
    for (const [name, { cpu, memory, ephemeralStorage }] of Object.entries(parts))
      has(name, cpu, memory, ephemeralStorage);
  });

  it("counts the tasks and jobs of a month as the flows have them", () => {
    const [load, schedule, build] = ["04_gcp_load_month", "05_gcp_load_data_scheduled", "06_gcp_dbt"].map(readFlow);
    const { cases, ...chosen } = load!.tasks.find(({ id }) => id === "do_it")!;
    const ofLoad = [
      ...load!.tasks.filter(({ id }) => id !== "do_it"),
      chosen,
      ...cases!.load!,
      ...load!.finally!,
    ].flatMap((task) => [task, ...(task.tasks ?? [])]);
    const ofSchedule = [...schedule!.tasks.flatMap((task) => [task, ...(task.tasks ?? [])]), ...schedule!.finally!];
    // up to the one that ends it, because another load has begun
    const end = build!.tasks.findIndex(({ id }) => id === "give_way");
    const ofBuild = build!.tasks.slice(0, end + 1).flatMap((task) => [task, ...(task.then ?? [])]);
    const counts = [ofSchedule, ofLoad, ofBuild].map(({ length }) => length);
    const together = counts.reduce((sum, count) => sum + count, 0);
    const [five, four, six] = counts;
    const sentence = `with ${together} tasks: ${five} of flow 05, ${four} of flow 04, ${six} of a flow 06 that gives way`;
    assert.ok(document.includes(sentence), sentence);
    const jobs = ofLoad.filter(({ type }) => type === "io.kestra.plugin.gcp.bigquery.Query").length;
    assert.ok(document.includes(`| a load (\`04_gcp_load_month\`) | ${jobs} |`), `${jobs} jobs`);
  });
});

interface Task {
  id: string;
  type: string;
  tasks?: Task[];
  then?: Task[];
  cases?: Record<string, Task[]>;
}

const readFlow = (id: string) => parse(readFileSync(`flows/${id}.yaml`, "utf8")) as { tasks: Task[]; finally?: Task[] };
