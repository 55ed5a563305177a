import { freshToken } from "./clock";
import { access } from "./google/access";
import { billing, projectNumber } from "./google/billing";
import { cluster } from "./google/cluster";
import { data } from "./google/data";
import { database } from "./google/database";
import { network } from "./google/network";
import { serve } from "./provider";
import { Store } from "./store";

/**
 * The types of @pulumi/gcp that this program uses, with the properties of the vendor's schema and the rules of Google's
 * that matter to it.
 */
serve({
  name: "gcp",
  version: "9.37.0",
  types: { ...access, ...data, ...network, ...database, ...cluster, ...billing },
  invokes: {
    "gcp:organizations/getClientConfig:getClientConfig": (_args, { project, region, zone }) => ({
      accessToken: freshToken(new Store(process.env.FAKE_STORE!)),
      id: `projects/${String(project)}`,
      project,
      region,
      zone,
    }),
    "gcp:organizations/getProject:getProject": ({ projectId }) => ({
      id: `projects/${String(projectId)}`,
      projectId,
      number: projectNumber,
    }),
  },
});
