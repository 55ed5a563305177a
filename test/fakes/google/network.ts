import type { Named, Subject, Type } from "../behaviour";
import type { Kept } from "../store";
import { clusterType } from "./access";
import { badRequest, find, lastOf, need, onApi, projectOf, refuseWhileUsed, regionOf, requireApi } from "./common";
import { instanceType } from "./database";

export const networkType = "gcp:compute/network:Network";
export const subnetworkType = "gcp:compute/subnetwork:Subnetwork";
export const addressType = "gcp:compute/address:Address";
export const ruleType = "gcp:compute/forwardingRule:ForwardingRule";
const routerType = "gcp:compute/router:Router";
const natType = "gcp:compute/routerNat:RouterNat";

interface Range {
  rangeName: string;
  ipCidrRange: string;
}

/** First and last address of a range in CIDR form; refused unless it is one. */
function bounds(field: string, cidr: unknown): [number, number] {
  const [, a, b, c, d, length] = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(String(cidr)) ?? [];
  const bytes = [a, b, c, d].map(Number);
  const size = 2 ** (32 - Number(length));
  const first = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const valid = bytes.every((byte) => byte <= 255) && Number(length) <= 29 && first % size === 0;
  if (!valid)
    throw badRequest(
      `Invalid value for field '${field}': '${String(cidr)}'. Must be a CIDR address range that is contained in IPv4/IPv6 ranges.`,
    );
  return [first, first + size - 1];
}

/** Every range of a subnetwork, its own first. */
const rangesOf = ({ ipCidrRange, secondaryIpRanges = [] }: Record<string, unknown>) => [
  bounds("resource.ipCidrRange", ipCidrRange),
  ...(secondaryIpRanges as Range[]).map((range) =>
    bounds("resource.secondaryIpRanges[].ipCidrRange", range.ipCidrRange),
  ),
];

/** Ranges of one network must not share an address. */
function refuseOverlaps(subject: Subject): void {
  const own = rangesOf(subject.inputs);
  const others = subject.store
    .all(subnetworkType)
    .filter(
      ({ properties: { network, name } }) =>
        lastOf(network) === lastOf(subject.inputs.network) && name !== subject.inputs.name,
    );
  const taken = others.flatMap(({ id, properties }) => rangesOf(properties).map((range) => ({ id, range })));
  own.forEach(([first, last], i) => {
    const all = [...taken, ...own.slice(0, i).map((range) => ({ id: "itself", range }))];
    const clash = all.find(({ range: [from, to] }) => first <= to && from <= last);
    if (clash)
      throw badRequest(
        `Invalid IPCidrRange: ${String(subject.inputs.ipCidrRange)} conflicts with existing subnetwork '${lastOf(clash.id)}' in region '${regionOf(subject)}'.`,
      );
  });
}

const text = (address: number) => [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");

/** The next address of a subnetwork that nobody has. */
function nextAddress(subject: Named): string {
  const { properties } = need(subject, subnetworkType, subject.inputs.subnetwork);
  const [first] = bounds("ipCidrRange", properties.ipCidrRange);
  return text(first + 2 + subject.store.all(addressType).length);
}

/**
 * An endpoint of Private Service Connect: https://cloud.google.com/sql/docs/postgres/configure-private-service-connect
 */
function requireEndpoint(subject: Subject): void {
  const { target, loadBalancingScheme = "EXTERNAL", ipAddress, network } = subject.inputs;
  if (!String(target).includes("/serviceAttachments/")) return;
  if (loadBalancingScheme !== "")
    throw badRequest(
      `Invalid value for field 'resource.loadBalancingScheme': '${String(loadBalancingScheme)}'. A forwarding rule to a service attachment has none.`,
    );
  if (ipAddress === undefined) throw badRequest("Required field 'resource.IPAddress' not specified", "required");
  if (network === undefined) throw badRequest("Required field 'resource.network' not specified", "required");
  need(subject, addressType, ipAddress);
  // Google registers the endpoint in both
  for (const api of ["servicedirectory", "dns"]) requireApi(subject, api);
  const offered = ({ properties }: Kept) => properties.pscServiceAttachmentLink === target;
  const instance = subject.store.all(instanceType).find(offered);
  if (instance === undefined) throw badRequest(`The resource '${String(target)}' was not found`);
  const { settings } = instance.properties as {
    settings: { ipConfiguration: { pscConfigs: { allowedConsumerProjects?: string[] }[] } };
  };
  const allowed = settings.ipConfiguration.pscConfigs.flatMap((each) => each.allowedConsumerProjects ?? []);
  if (!allowed.includes(projectOf(subject)))
    throw badRequest(`Project ${projectOf(subject)} is not in the accept list of service attachment ${String(target)}`);
}

/** A resource of a region, with its link. */
function regional(kind: string, more: Partial<Type>): Type {
  const idOf = (subject: Subject) =>
    `projects/${projectOf(subject)}/regions/${regionOf(subject)}/${kind}/${String(subject.inputs.name)}`;
  return {
    required: [],
    replaceOn: ["name", "region", "project", "network", "description"],
    autoName: "name",
    id: idOf,
    ...more,
    outputs: (subject, former) => ({
      selfLink: `https://www.googleapis.com/compute/v1/${subject.id}`,
      ...more.outputs?.(subject, former),
    }),
  };
}

/** The network, its ways out, and endpoints in it. */
export const network: Record<string, Type> = onApi("compute", {
  [networkType]: {
    required: [],
    replaceOn: ["name", "autoCreateSubnetworks", "description", "project"],
    autoName: "name",
    id: (subject) => `projects/${projectOf(subject)}/global/networks/${String(subject.inputs.name)}`,
    outputs: ({ id }) => ({ selfLink: `https://www.googleapis.com/compute/v1/${id}` }),
    deleted: (subject) =>
      refuseWhileUsed(subject, {
        [subnetworkType]: ["network"],
        [routerType]: ["network"],
        [ruleType]: ["network"],
        [addressType]: ["network"],
        [clusterType]: ["network"],
      }),
  },
  [subnetworkType]: regional("subnetworks", {
    required: ["network"],
    replaceOn: ["name", "region", "project", "network", "description", "ipCidrRange"],
    created(subject) {
      const { properties } = need(subject, networkType, subject.inputs.network);
      if (properties.autoCreateSubnetworks !== false)
        throw badRequest("Cannot create subnetworks on an auto subnet mode network");
      refuseOverlaps(subject);
    },
    updated: refuseOverlaps,
    deleted: (subject) => refuseWhileUsed(subject, { [clusterType]: ["subnetwork"], [addressType]: ["subnetwork"] }),
  }),
  [routerType]: regional("routers", {
    required: ["network"],
    created: (subject) => void need(subject, networkType, subject.inputs.network),
    deleted: (subject) => refuseWhileUsed(subject, { [natType]: ["router"] }),
  }),
  [natType]: regional("nats", {
    required: ["router", "sourceSubnetworkIpRangesToNat"],
    replaceOn: ["name", "region", "project", "router"],
    created: (subject) => void need(subject, routerType, subject.inputs.router),
  }),
  [addressType]: regional("addresses", {
    replaceOn: ["name", "region", "project", "network", "subnetwork", "address", "addressType", "purpose"],
    outputs: (subject) => ({ address: subject.id === "" ? "" : nextAddress(subject) }),
    created(subject) {
      if (subject.inputs.addressType !== "INTERNAL")
        throw badRequest("External addresses cannot have a subnetwork: addressType is EXTERNAL unless it is set");
    },
    deleted: (subject) => refuseWhileUsed(subject, { [ruleType]: ["ipAddress"] }),
  }),
  [ruleType]: regional("forwardingRules", {
    replaceOn: ["name", "region", "project", "network", "subnetwork", "ipAddress", "loadBalancingScheme"],
    outputs: () => ({ pscConnectionId: "1", pscConnectionStatus: "ACCEPTED" }),
    created: requireEndpoint,
  }),
});

/** True when a private node in a subnetwork can pull images: https://cloud.google.com/vpc/docs/private-google-access */
export function reachesGoogle(subject: Subject, subnetwork: unknown): boolean {
  return find(subject, subnetworkType, subnetwork)?.properties.privateIpGoogleAccess === true;
}
