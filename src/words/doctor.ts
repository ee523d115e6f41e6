import type { DoctorFinding, DoctorReport, DoctorState } from '../contract/doctor-report.ts';

const MARKS: Readonly<Record<DoctorState, string>> = { ok: '✓', warned: '!', failed: '✗', skipped: '–' };
const NAME_WIDTH = 15;

/** Of a report, a line for each finding, and one below it where something is to be done. */
export function doctorText({ checks, profile, version }: DoctorReport): string[] {
  const failed = checks.filter(({ state }) => state === 'failed').length;
  const warned = checks.filter(({ state }) => state === 'warned').length;
  const counts = [`${failed} failed`, ...(warned === 0 ? [] : [`${warned} to look at`])].join(', ');
  const what = profile === 'embedded' ? 'the queue of a data folder' : 'the queue that the settings name';
  return [
    ...checks.filter(({ state }) => state !== 'skipped').flatMap(findingLines),
    ...skippedLines(checks),
    `pantry-queue ${version}, ${what}: ${failed + warned === 0 ? 'all is well.' : `${counts}.`}`,
  ];
}

function findingLines({ check, state, says, mend }: DoctorFinding): string[] {
  return [
    `${MARKS[state]} ${check.padEnd(NAME_WIDTH)} ${says}`,
    ...(mend === null ? [] : [`${' '.repeat(NAME_WIDTH + 3)}→ ${mend}`]),
  ];
}

/** What was left out for the same reason is one line. */
function skippedLines(checks: readonly DoctorFinding[]): string[] {
  const skipped = checks.filter(({ state }) => state === 'skipped');
  const reasons = [...new Set(skipped.map(({ says }) => says))];
  return reasons.map((reason) => {
    const names = skipped.filter(({ says }) => says === reason).map(({ check }) => check);
    return `${MARKS.skipped} ${names.join(', ')}: ${reason}`;
  });
}
