/** What a Kestra runtime needs from the platform that holds the data. */
export interface Needs {
  /** APIs of Google Cloud besides those that every stack uses, such as `compute`. */
  apis: string[];
  /** `key`: flows use a service-account key. `none`: Kestra's own processes run as the service account, without one. */
  credentials: "key" | "none";
  /** What holds Kestra's data and must not be replaced by accident. */
  dataHolders: DataHolder[];
  /** Names, besides those that every stack makes, of what `bay-wheels:adopt` can take over. Default none. */
  adoptable?: string[];
  /** Checks of the Google Cloud project besides those that every stack needs. */
  checks: ProjectCheck[];
  /** Shown once, before anything is created. */
  warning?: string;
}

/** Something that loses its data when a setting changes. */
export interface DataHolder {
  /** Such as `Bucket`. */
  kind: string;
  /** The name by which a person allows its replacement. */
  name: string;
  /** The settings that identify it, by their full keys, such as `bay-wheels:region`: changing one replaces it. */
  settings: Record<string, string>;
}

/** Checks that `ProjectReady` loads at run time. */
export interface ProjectCheck {
  /**
   * Path from the project's root of a file that exports {@link Check} as `check`:
   * `./kestra/server/gke/clusterFaults.ts`.
   */
  module: string;
  /** What will be created; passed to the check. No secrets. */
  plan: object;
}
