import { look } from "../google/googleApi";
import { judge, web, type Verdict } from "./projectFaults";
import type { Check, Look } from "../projectReady";

/** The billing account that gets a budget. */
export interface BudgetPlan {
  billingAccount: string;
}

/** Of this project alone: an Owner of it may have no rights on the account. */
const budgets = [
  "budgets",
  (project: string, { billingAccount }: BudgetPlan) =>
    `billingAccounts/${billingAccount}/budgets?pageSize=1&scope=projects/${project}`,
] satisfies Look<BudgetPlan>;

/** What prevents the budget from working; `ProjectReady` loads it. */
export const check: Check<BudgetPlan> = {
  looks: [budgets],
  faults: ({ project }, plan) => [accountFault(project, plan)],
};

/** The account pays for the project: another one's budget would never send an alert. */
function accountFault(project: string, { billingAccount }: BudgetPlan): Promise<Verdict> {
  const info = look<{ billingAccountName?: string }>("billing", `projects/${project}/billingInfo`, project);
  return judge("the project's billing account", info, ({ billingAccountName = "" }) => {
    const actual = billingAccountName.replace("billingAccounts/", "");
    // without an account, there's another fault
    if (actual === "") return undefined;
    if (actual === billingAccount) return rightFault(project, { billingAccount });
    return {
      fault:
        `Project '${project}' is paid for by billing account ${actual}, not by ${billingAccount}, whose budget would ` +
        `see no costs of it (${web}/billing/linkedaccount?project=${project}). ` +
        `Change it with: pulumi config set bay-wheels:billingAccount ${actual}`,
    };
  });
}

/** Who may not even list the budgets may not create one. */
async function rightFault(project: string, plan: BudgetPlan): Promise<Verdict> {
  const [api, pathOf] = budgets;
  const answer = await look(api, pathOf(project, plan), project);
  // otherwise Google refuses the project whose quota is used, not the budgets
  if (answer.kind !== "forbidden" || /USER_PROJECT_DENIED|serviceusage/.test(answer.reason))
    return judge("your right to create a budget", Promise.resolve(answer), () => undefined);
  const { billingAccount } = plan;
  return {
    fault:
      `You may not create a budget on billing account ${billingAccount}. Ask its administrator to run: ` +
      `gcloud billing accounts add-iam-policy-binding ${billingAccount} --role roles/billing.costsManager ` +
      "--member user:<your address>",
  };
}
