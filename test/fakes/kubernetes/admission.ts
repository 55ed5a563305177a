import { at } from "../behaviour";
import { partOf, partsOf, serviceAccountOf, type Part, type Values } from "./chart";

/**
 * Unless it's switched off, Docker in Docker runs beside workers and the standalone server, privileged in both modes.
 */
const hasDockerInside = ({ dind: { enabled = true } = {} }: Values, name: string) =>
  enabled && ["worker", "standalone"].includes(name);

/**
 * Kubernetes' own rules for level `restricted`: https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
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
  const isPrivileged = partOf(values, name).securityContext?.privileged === true;
  const containers = [isPrivileged ? name : [], hasDockerInside(values, name) ? `${name}-docker-dind` : []].flat();
  const rule = "[denied by autogke-disallow-privilege]";
  return containers.map((each) => `${rule}: container kestra-${each} is privileged; not allowed in Autopilot`);
}

/** Why the cluster refuses a release's pods, the project's own rules included. */
export function admissionFaults(values: Values, release: string): string[] {
  const account = serviceAccountOf(values, release) === "default" ? ["pods of the default service account"] : [];
  const perPart = partsOf(values).flatMap((name) => {
    const part = partOf(values, name);
    const { requests = {}, limits = {} } = part.resources ?? {};
    const amounts = ["cpu", "memory"].filter((each) => !requests[each] || !limits[each]);
    const denied = autopilotFaults(values, name).map(
      (fault) =>
        'admission webhook "warden-validating.common-webhooks.networking.gke.io" denied the request: ' +
        `GKE Warden rejected the request because it violates one or more constraints. ${fault}`,
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
