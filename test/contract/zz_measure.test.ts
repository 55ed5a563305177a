import { DbtLab } from "./support/dbtLab";
describe("measure", () => {
  it("measures", async function () {
    this.timeout("30m");
    const lab = await DbtLab.start();
    try {
      const months = ["2025-04-01", "2025-05-01", "2025-06-01"];
      const N = Number(process.env.N ?? 250000);
      const cols = (await lab.sql("select column_name from trips.INFORMATION_SCHEMA.COLUMNS where table_name = 'baywheels_loads'")).map(r => r.column_name);
      const load = async (m: string) => {
        await lab.sql(`insert into trips.baywheels_tripdata (unique_row_id, source_month, ride_id, rideable_type, started_at, ended_at, start_station_name, start_station_id, start_lat, start_lng, end_station_name, end_station_id, end_lat, end_lng, member_casual)
        select md5(concat('${m}', cast(n as string))), date '${m}', concat('${m}', cast(n as string)), if(mod(n,3)=0,'classic_bike','electric_bike'),
         datetime_add(datetime '${m}', interval mod(n*9, 2419200) second), datetime_add(datetime '${m}', interval mod(n*9, 2419200)+ mod(n*7,3000)+60 second),
         if(mod(n,10)=0,null,concat('name ', cast(mod(n*31,600) as string))), if(mod(n,10)=0,null,concat('S', cast(mod(n*31,600) as string))), if(mod(n,10)=0, 37.5+mod(n,50)/100, 37.5+mod(n*31,600)/1500.0), if(mod(n,10)=0, -122.5+mod(n,60)/100, -122.5+mod(n*31,600)/1300.0),
         concat('name ', cast(mod(n*17,600) as string)), concat('S', cast(mod(n*17,600) as string)), 37.5+mod(n*17,600)/1500.0, -122.5+mod(n*17,600)/1300.0, if(mod(n,4)=0,'casual','member')
        from unnest(generate_array(1, ${N})) as n`);
        await lab.sql(`delete from trips.baywheels_loads where source_month = date '${m}'`);
        if (cols.includes("touched_months")) await lab.sql(`insert into trips.baywheels_loads (source_month, rows_in_file, rows_loaded, rows_rejected, touched_months, loaded_at, published_at) select date '${m}', ${N}, ${N}, 0, [date '${m}'], current_timestamp(), current_timestamp()`);
        else await lab.sql(`insert into trips.baywheels_loads (source_month, rows_in_file, rows_loaded, rows_rejected, first_day, last_day, loaded_at) select date '${m}', ${N}, ${N}, 0, date '${m}', date_add(date '${m}', interval 27 day), current_timestamp()`);
      };
      const time = async (what: string, f: () => Promise<unknown>) => { const t = performance.now(); await f(); console.log(what, ((performance.now() - t) / 1000).toFixed(2)); };
      await load(months[0]!);
      await time("first build (1 month)", () => lab.build());
      await load(months[1]!);
      await load(months[2]!);
      await time("build of 2 months", () => lab.build());
      await lab.sql(`update trips.baywheels_loads set loaded_at = current_timestamp() where source_month = date '2025-05-01'`);
      await time("build of a month again", () => lab.build());
      await time("again nothing", () => lab.build());
      console.log((await lab.sent()).length, "statements");
      if (process.env.SHOW) for (const s of await lab.sent()) console.log("-----\n" + s.slice(0, Number(process.env.SHOW)));
    } finally { await lab.stop(); }
  });
});
