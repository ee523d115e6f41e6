import { proxyActivities } from '@temporalio/workflow';

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '1 minute' });

/** The least that Temporal can be asked for: one workflow, one activity, both empty. */
export async function oneActivity(): Promise<void> {
  await nothing();
}
