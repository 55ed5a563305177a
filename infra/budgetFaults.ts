import { look } from "./googleApi";
import { judge, web, type Verdict } from "./projectFaults";
import type { Check } from "./projectReady";

/** The billing account that gets a budget. */
export interface BudgetPlan {
  billingAccount: string;
}

/** What prevents the budget from working; `ProjectReady` loads it. */
export const check: Check<BudgetPlan> = {
  looks: [["budgets", (_project, { billingAccount }) => `billingAccounts/${billingAccount}/budgets?pageSize=1`]],
  faults: ({ project }, plan) => [accountFault(project, plan)],
};

/** The account pays for the project: another one's budget would never send an alert. */
function accountFault(project: string, { billingAccount }: BudgetPlan): Promise<Verdict> {
  const info = look<{ billingAccountName?: string }>("billing", `projects/${project}/billingInfo`, project);
  return judge("the project's billing account", info, ({ billingAccountName = "" }) => {
    const actual = billingAccountName.replace("billingAccounts/", "");
    // without an account, there's another fault
    if (actual === "" || actual === billingAccount) return undefined;
    return {
      fault:
        `Project '${project}' is paid for by billing account ${actual}, not by ${billingAccount}, whose budget would ` +
        `see no costs of it (${web}/billing/linkedaccount?project=${project}). ` +
        `Change it with: pulumi config set bay-wheels:billingAccount ${actual}`,
    };
  });
}
