/** Flows that commands start or look at, and the trigger of the schedule. */
export const flows = {
  counties: "02_gcp_load_bay_area_county",
  load: "04_gcp_load_month",
  schedule: "05_gcp_load_data_scheduled",
  build: "06_gcp_dbt",
} as const;

export const scheduleTrigger = "monthly";
