import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { configCommand, type Reader } from "./config";
import type { BudgetPlan } from "./checks/budgetFaults";
import type { Needs } from "./needs";
import { stackLabel } from "./stackName";

/** A monthly budget for the project. */
export interface BudgetSettings {
  /** The billing account that pays for the project: `XXXXXX-XXXXXX-XXXXXX`. */
  billingAccount: string;
  /** Whole units of the account's currency. */
  monthlyBudget: number;
}

const account = /^[0-9A-F]{6}(-[0-9A-F]{6}){2}$/;

/** The settings `billingAccount` and `monthlyBudget`; undefined: no budget. One without the other is refused. */
export function readBudget(config: Reader): BudgetSettings | undefined {
  const accountRule = "an id such as 012345-6789AB-CDEF01 is needed; 'gcloud billing accounts list' shows yours";
  const amountRule = "a whole number of at least 1, in the billing account's currency, is needed";
  const billingAccount = config.text("billingAccount", account, accountRule);
  const monthlyBudget = config.text("monthlyBudget", /^[1-9]\d{0,11}$/, amountRule);
  if (billingAccount && monthlyBudget) return { billingAccount, monthlyBudget: Number(monthlyBudget) };
  if (!billingAccount && !monthlyBudget) return undefined;
  const [given, missing] = billingAccount ? ["billingAccount", "monthlyBudget"] : ["monthlyBudget", "billingAccount"];
  throw new pulumi.RunError(
    `Config 'bay-wheels:${missing}' is missing: 'bay-wheels:${given}' is set, and a budget needs both. ` +
      `Set it with: ${configCommand("set", `bay-wheels:${missing}`, "<value>")}`,
  );
}

/** What a stack with a budget needs besides. */
export function withBudget(needs: Needs, budget?: BudgetSettings): Needs {
  if (budget === undefined) return needs;
  const plan: BudgetPlan = { billingAccount: budget.billingAccount };
  return {
    ...needs,
    apis: [...needs.apis, "billingbudgets"],
    checks: [...needs.checks, { module: "./infra/checks/budgetFaults.ts", plan }],
  };
}

/** Parts of the budget at which its alerts are sent. */
const thresholdRules = [
  { thresholdPercent: 0.5 },
  { thresholdPercent: 0.9 },
  { thresholdPercent: 1 },
  { thresholdPercent: 1, spendBasis: "FORECASTED_SPEND" },
];

/**
 * A budget whose alerts Google mails to the billing account's administrators and users. It stops nothing.
 * @param args.ready what must exist before the project's number is asked for
 */
export function createBudget(
  name: string,
  args: BudgetSettings & { project: string; ready: pulumi.Resource },
  { parent }: pulumi.CustomResourceOptions,
): void {
  const { project, billingAccount, monthlyBudget, ready } = args;
  // the budgets' API takes a person's own credentials only together with a project to count the requests for
  const provider = new gcp.Provider(
    `${name}-budget-provider`,
    { project, billingProject: project, userProjectOverride: true },
    { parent },
  );
  // Google names the project by its number, and would report its id as changed
  const { number } = gcp.organizations.getProjectOutput({ projectId: project }, { parent, dependsOn: [ready] });
  new gcp.billing.Budget(
    `${name}-budget`,
    {
      billingAccount,
      displayName: `bay-wheels, stack ${stackLabel()}`.slice(0, 60),
      budgetFilter: { projects: [pulumi.interpolate`projects/${number}`] },
      // without a currency, it's the account's own
      amount: { specifiedAmount: { units: String(monthlyBudget) } },
      thresholdRules,
    },
    { parent, provider, dependsOn: ready },
  );
}
