import { at } from "../behaviour";
import type { Properties } from "../store";
import { partOf, partsOf, serviceAccountOf, type Part, type Values } from "./chart";

/** Docker in Docker comes beside workers, and beside the standalone server, unless it is switched off: privileged in both of its modes. */
function hasDockerInside({ dind: { enabled = true } = {} }: Values, name: string): boolean {
  return enabled && ["worker", "standalone"].includes(name);
}

/** Kubernetes' own rules for a namespace of level `restricted`: https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
function restrictedFaults({ securityContext = {}, podSecurityContext = {} }: Part): string[] {
  const rules: [boolean, string][] = [
    [securityContext.allowPrivilegeEscalation === false, "allowPrivilegeEscalation != false"],
    [String(at(securityContext, "capabilities.drop")) === "ALL", "unrestricted capabilities"],
    [(securityContext.runAsNonRoot ?? podSecurityContext.runAsNonRoot) === true, "runAsNonRoot != true"],
    [Number(securityContext.runAsUser ?? podSecurityContext.runAsUser ?? 0) > 0, "runAsUser is not above 0"],
    [
      at(securityContext, "seccompProfile.type") === "RuntimeDefault" ||
        at(podSecurityContext, "seccompProfile.type") === "RuntimeDefault",
      "seccompProfile is not RuntimeDefault",
    ],
  ];
  return rules.filter(([kept]) => !kept).map(([, fault]) => fault);
}

/** GKE Autopilot's rules: https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-security */
function autopilotFaults(values: Values, name: string): string[] {
  const part = partOf(values, name);
  const containers = [part, ...(part.extraContainers ?? []), ...(part.initContainers ?? [])] as Properties[];
  const privileged = containers.some((each) => at(each, "securityContext.privileged") === true);
  const faults: [boolean, string][] = [
    [
      privileged,
      `[denied by autogke-disallow-privilege]: container kestra-${name} is privileged; not allowed in Autopilot`,
    ],
    [
      hasDockerInside(values, name),
      `[denied by autogke-disallow-privilege]: container kestra-${name}-docker-dind is privileged; not allowed in Autopilot`,
    ],
    [
      (part.extraVolumes ?? []).some(({ hostPath }) => hostPath !== undefined),
      `[denied by autogke-no-write-mode-hostpath]: a hostPath volume of kestra-${name} is not allowed in Autopilot`,
    ],
  ];
  return faults.filter(([broken]) => broken).map(([, fault]) => fault);
}

/** Why the cluster takes none of a release's pods; the rules of the project's own are among them. */
export function admissionFaults(values: Values, release: string): string[] {
  const account = serviceAccountOf(values, release) === "default" ? ["pods of the default service account"] : [];
  const perPart = partsOf(values).flatMap((name) => {
    const part = partOf(values, name);
    const { requests = {}, limits = {} } = part.resources ?? {};
    const amounts = ["cpu", "memory"].filter((each) => !requests[each] || !limits[each]);
    const denied = autopilotFaults(values, name).map(
      (fault) =>
        `admission webhook "warden-validating.common-webhooks.networking.gke.io" denied the request: GKE Warden rejected the request because it violates one or more constraints. ${fault}`,
    );
    const forbidden = restrictedFaults(part).map(
      (fault) => `pods "kestra-${name}" is forbidden: violates PodSecurity "restricted:latest": ${fault}`,
    );
    return [...denied, ...forbidden, ...amounts.map((each) => `kestra-${name} requests or limits no ${each}`)];
  });
  const open = values.service?.type ?? "ClusterIP";
  const public_ =
    open !== "ClusterIP" || values.ingress?.enabled ? ["the service is open to more than the cluster"] : [];
  return [...account, ...perPart, ...public_];
}
