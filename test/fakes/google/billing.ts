import { randomBytes } from "node:crypto";
import type { Subject, Type } from "../behaviour";
import { badRequest, onApi } from "./common";

/** Number of the project, which Google names it by. */
export const projectNumber = "123456789012";

interface Amount {
  specifiedAmount?: { units?: string; currencyCode?: string };
  lastPeriodAmount?: boolean;
}

/** hashicorp/terraform-provider-google, resource_billing_budget.go */
function faults({ inputs }: Subject): Record<string, string> {
  const { specifiedAmount, lastPeriodAmount } = (inputs.amount ?? {}) as Amount;
  const isOne = (specifiedAmount === undefined) !== (lastPeriodAmount === undefined);
  return isOne
    ? {}
    : { amount: "only one of `amount.0.last_period_amount,amount.0.specified_amount` must be specified" };
}

/** A person's credentials belong to no project whose quota a request could count for. */
function requireQuotaProject({ config }: Subject): void {
  if (String(config.userProjectOverride) === "true" && config.billingProject !== undefined) return;
  throw new Error(
    "googleapi: Error 403: Your application is authenticating by using local Application Default Credentials. The " +
      "billingbudgets.googleapis.com API requires a quota project, which is not set by default., forbidden",
  );
}

/** Budgets. */
export const billing: Record<string, Type> = onApi("billingbudgets", {
  "gcp:billing/budget:Budget": {
    required: ["billingAccount", "amount"],
    replaceOn: ["billingAccount"],
    filled: ["amount", "budgetFilter"],
    id: ({ inputs }) => `billingAccounts/${String(inputs.billingAccount)}/budgets/${randomBytes(8).toString("hex")}`,
    outputs: ({ inputs }) => ({
      amount: { specifiedAmount: { ...(inputs.amount as Amount).specifiedAmount, currencyCode: "EUR" } },
      budgetFilter: { calendarPeriod: "MONTH", creditTypesTreatment: "INCLUDE_ALL_CREDITS" },
    }),
    checked: faults,
    created(subject) {
      requireQuotaProject(subject);
      const { projects = [] } = (subject.inputs.budgetFilter ?? {}) as { projects?: string[] };
      const other = projects.find((each) => each !== `projects/${projectNumber}`);
      if (other !== undefined) throw badRequest(`Request contains an invalid argument: ${other}.`, "badRequest");
    },
  },
});
