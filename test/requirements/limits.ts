import { held, type Requirements } from './requirement.ts';

/** What keeps one owner from taking the others' turns. */
export const limitRequirements: Requirements = {
  Q10: held(
    'Owners take turns, by counts of who is let in; high goes before default before low inside an owner; a waiting job can be moved.',
    ['queue/set-priority.test.ts', 'orders the waiting jobs of an owner as their priorities say'],
    ['queue/set-priority.test.ts', 'is refused for a job that is %s'],
    ['dispatch/gate.test.ts', 'takes owners in turn'],
    ['dispatch/admission.test.ts', 'lets the first job of another owner in beside a window that one owner fills'],
    ['engine/fair-turns.test.ts', 'goes to an owner who comes while another has hundreds queued'],
    ['dispatch/caps.test.ts', 'beside 5,000 of another owner is in the next admission'],
    ['dispatch/gate.test.ts', 'takes high before default before low'],
    ['dispatch/admission.test.ts', 'passes over owners at their cap'],
    ['dispatch/caps.test.ts', 'goes on until nobody below all of their caps waits'],
    ['dispatch/caps.test.ts', 'holds up no other kind of its owner'],
  ),
  Q11: held(
    'An owner or tenant has limits: in flight, waiting, accepted a minute; a refusal names the wait, and callers see what is used.',
    ['queue/limits.test.ts', 'never exceed the limit on waiting jobs'],
    ['queue/limits.test.ts', 'never exceed the number of jobs a minute'],
    ['queue/limits.test.ts', 'fails where it would exceed a limit'],
    ['queue/limits.test.ts', 'counts under no limit and is never refused'],
    ['queue/limits.test.ts', 'is accepted whole or not at all, and is told how many would fit'],
    ['queue/limits.test.ts', 'takes no room'],
    ['queue/limits.test.ts', 'holds up no other, and one of the tenant counts everybody'],
    ['queue/limits.test.ts', 'tells when the minute ends'],
    ['queue/limits.test.ts', 'a redrive queues as much as fits under the limits'],
    ['http/rate-limits.test.ts', 'leaves no image, receipt or key'],
    ['queue/caps.test.ts', 'shows a user the limits that hold for them'],
    ['queue/caps.test.ts', 'null removes one'],
    ['dispatch/caps.test.ts', 'goes on until nobody below all of their caps waits'],
  ),
};
