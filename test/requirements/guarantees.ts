import { held, partly, type Requirements } from './requirement.ts';

/** What must never break, and the commands that show it. */
export const guarantees: Requirements = {
  P4: held(
    'One command kills, freezes and cuts, and finds nothing lost and nothing doubled.',
    ['faults/failpoints.test.ts', 'the job ends as it should, once'],
    ['faults/kill-points.test.ts', 'the job ends as it should, once'],
    ['faults/random-kills.test.ts', 'random kills'],
    ['faults/freeze.test.ts', 'frozen for 30 s during saves'],
    ['blobs/folder.test.ts', 'says that the disk is full'],
    ['faults/disk-full.test.ts', 'refuses uploads and nothing else'],
  ),
  P8: held(
    'verify compares jobs, events, counters, results, images and Temporal, in pages, and changes nothing.',
    ['verify/verify.test.ts', 'has nothing lost, doubled, stale or wrong'],
    ['verify/verify.test.ts', 'what is broken on purpose'],
    ['verify/verify.test.ts', 'is read page by page'],
    ['verify/verify.test.ts', 'names its ack, runs, attempts, key and hashes'],
  ),
  I1: held(
    'An accepted job ends exactly once, without a person.',
    ['faults/random-kills.test.ts', 'none lost, none doubled'],
    ['faults/kill.test.ts', 'keeps every acknowledged job'],
    ['model/queue-model.test.ts', 'leaves every job as the table of states says'],
    ['ledger/transitions.test.ts', 'lets nothing leave an end'],
  ),
  I2: held(
    'Nothing runs that was not accepted.',
    ['workflows/temporal-buttons.test.ts', 'start by hand'],
    ['ledger/attempts.test.ts', 'of another ledger’s run changes nothing'],
    ['ledger/attempts.test.ts', 'does not begin under a run that was replaced'],
  ),
  I3: held(
    'One result a receipt and generation; stale runs and zombies change nothing.',
    ['ledger/attempts.test.ts', 'comes back as a zombie changes nothing'],
    ['ledger/attempts.test.ts', 'keeps the first reply when two come'],
    ['faults/freeze.test.ts', 'frozen past its heartbeat'],
  ),
  I4: partly(
    'The API, the ledger and Temporal agree again after whatever happens in one of them.',
    'the bounds of 5 s and 90 s are not asserted',
    ['dispatch/gate.test.ts', 'starts again under a new run what the engine does not know'],
    ['workflows/temporal-buttons.test.ts', 'the buttons of Temporal'],
    ['verify/verify.test.ts', 'agrees while both know the same runs'],
  ),
  I5: held(
    'Attempts and waiting are bounded, also with no worker and no engine.',
    ['dispatch/gate.test.ts', 'fails what has waited too long'],
    ['ledger/attempts.test.ts', 'ends the job after ten losses'],
    ['activities/retry-plan.test.ts', 'until five are used up'],
  ),
  I6: partly(
    'What was acknowledged survives kill -9 of every process.',
    'a power cut has not been simulated',
    ['faults/kill.test.ts', 'when everything is killed at once'],
    ['faults/kill.test.ts', 'when PostgreSQL is killed'],
    ['embedded/up.test.ts', 'comes up again at once when it was killed together with everything'],
  ),
  I8: held(
    'Every failure says what happened, with which value, and what to do next.',
    ['mcp/problem-result.test.ts', 'code, what happened and the hint'],
    ['http/bad-input.test.ts', 'an argument that does not exist'],
    ['cli/main.test.ts', 'says which setting is missing or wrong'],
    ['cli/errors.test.ts', 'is one sentence with its code, the cause and the next step'],
    ['mcp/waits-and-progress.test.ts', 'survives a queue that is away'],
    ['cli/follow.test.ts', 'goes on after %j, says so once'],
  ),
  I10: held(
    'A fault in one job costs no other an attempt.',
    ['ledger/attempts.test.ts', 'is no loss while it lives and lists the job'],
    ['activities/retry-plan.test.ts', 'charges only what the agent itself got wrong'],
  ),
  I12: held(
    'No receipt stands without its image.',
    ['http/uploads.test.ts', 'a connection that ends in the middle leaves nothing behind'],
    ['verify/verify.test.ts', 'an image that is not in the store is found'],
    ['blobs/folder.test.ts', 'says that the disk is full'],
    ['faults/disk-full.test.ts', 'refuses uploads and nothing else'],
  ),
  I13: held(
    'No call of the agent begins after a cancel was acknowledged.',
    ['ledger/attempts.test.ts', 'does not begin after a cancel was acknowledged'],
    ['ledger/attempts.test.ts', 'is left out after a cancel'],
  ),
  I16: held(
    'A reading is paid once, but for calls that a kill cuts in the air.',
    ['ledger/attempts.test.ts', 'pays once'],
    ['ledger/attempts.test.ts', 'also of a run that was replaced meanwhile'],
    ['faults/random-kills.test.ts', 'paid calls are one a job'],
    ['faults/freeze.test.ts', 'costs time, and no reading'],
  ),
};
