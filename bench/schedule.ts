import { isMainJob } from './result.ts';
import type { Scenario } from './scenario.ts';

/** One round of one scenario. */
export interface Step {
  scenario: Scenario;
  round: number;
  /** How many rounds of it there are. */
  of: number;
}

/**
 * The rounds of a plan in the order in which they run: all scenarios in turn, because a machine becomes faster and slower by
 * the minute. Right before and right after each round that is compared with the ceiling, the ceiling is measured; where
 * nothing is compared with it, as often as it says itself.
 */
export function scheduleOf(plan: readonly Scenario[]): Step[] {
  const ceiling = plan.find(({ name }) => name === 'ceiling');
  const isCompared = plan.some(({ name }) => isMainJob(name));
  if (ceiling === undefined || !isCompared) return inTurn(plan);
  const steps: Step[] = [];
  const measureCeiling = () => {
    const round = steps.filter(({ scenario }) => scenario === ceiling).length + 1;
    if (steps.at(-1)?.scenario !== ceiling) steps.push({ scenario: ceiling, round, of: 0 });
  };
  for (const step of inTurn(plan.filter((scenario) => scenario !== ceiling))) {
    if (isMainJob(step.scenario.name)) measureCeiling();
    steps.push(step);
    if (isMainJob(step.scenario.name)) measureCeiling();
  }
  const ceilings = steps.filter(({ scenario }) => scenario === ceiling).length;
  return steps.map((step) => (step.scenario === ceiling ? { ...step, of: ceilings } : step));
}

function inTurn(plan: readonly Scenario[]): Step[] {
  const turns = Math.max(0, ...plan.map(({ rounds }) => rounds));
  return Array.from({ length: turns }, (_, index) => index + 1).flatMap((round) =>
    plan.filter(({ rounds }) => rounds >= round).map((scenario) => ({ scenario, round, of: scenario.rounds })),
  );
}
