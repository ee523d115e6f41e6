import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../../src/contract/errors.ts';
import { userId } from '../../src/contract/fields.ts';
import type { InputOf, OutputOf } from '../../src/contract/queue-api.ts';
import { hintForModels } from '../../src/words/hints-for-models.ts';
import { relativeTime } from '../../src/words/relative-time.ts';
import type { Answer } from '../answer.ts';
import { tool } from '../tool.ts';

type QueueInfo = OutputOf<'queueInfo'>;
type Problem = QueueInfo['problems'][number];

/** Rows of each list in an answer: the busiest come first. */
const MAX_ROWS = 5;

/** Characters of the problems in the summary, which is never cut. */
const MAX_SAID = 400;

export const queueInfo = tool({
  name: 'queue_info',
  title: 'Queue overview',
  description:
    'Counts, and what is wrong: causes with how many, since when, example jobs and who must act. Start here when jobs do not move.',
  input: z.strictObject({ user_id: userId.optional() }),
  unlisted: ['user_id'],
  effect: 'read',
  repeat: 'safe',
  answer: async (args, { queue, context }) => infoAnswer(await queue.queueInfo(args as InputOf<'queueInfo'>, context)),
});

function infoAnswer(info: QueueInfo): Answer {
  const problems = info.problems.slice(0, MAX_ROWS);
  return {
    summary: `${counts(info)} ${sayProblems(problems) || health(info)}`,
    next: nextOf(info),
    name: info.name,
    count: info.count,
    failed_jobs: info.failed_jobs,
    paused: info.paused === null ? null : { since: info.paused.since, by: info.paused.by },
    problems: problems.map(problemFacts),
    failed_by: info.by_error.slice(0, MAX_ROWS).map(({ code, failed }) => ({ error_code: code, failed })),
    // What Temporal or an agent said of itself.
    from_agent_untrusted: { messages: problems.flatMap(storedMessage) },
  };
}

function counts(info: QueueInfo): string {
  const ended = `${info.finished_jobs} finished, ${info.failed_jobs} failed, ${info.canceled_jobs} canceled`;
  const live = `${info.queued_jobs} queued, ${info.started_jobs} started, ${info.deferred_jobs} deferred, ${info.scheduled_jobs} scheduled`;
  const oldest = info.oldest_queued_s === null ? '' : ` The oldest has waited ${info.oldest_queued_s} s.`;
  const workers = `${info.workers.length} worker${info.workers.length === 1 ? '' : 's'}, ${info.agent_slots} agent slot${info.agent_slots === 1 ? '' : 's'}.`;
  return `Queue ${info.name}: ${live}; ${ended}.${oldest} ${workers}`;
}

/** The worst come first: each with its next step as long as there is room, the others by their number. */
function sayProblems(problems: readonly Problem[]): string {
  const said: string[] = [];
  for (const problem of problems) {
    const sentence = `${causeOf(problem)} ${hintOf(problem)}`;
    if (said.length > 0 && said.join(' ').length + sentence.length > MAX_SAID) break;
    said.push(sentence);
  }
  const left = problems.length - said.length;
  return left === 0 ? said.join(' ') : `${said.join(' ')} ${left} more: see problems.`;
}

function problemFacts({ code, since, jobs, examples, who_acts }: Problem): object {
  return {
    code,
    since: since === null ? null : relativeTime(since),
    jobs: jobs === 0 ? null : jobs,
    examples,
    who_acts,
  };
}

/** Only the title is ours where something else gave the message. */
const causeOf = ({ code, message }: Problem) => (isKnown(code) ? `${ERRORS[code].title}.` : message);

const storedMessage = ({ code, message }: Problem): string[] =>
  isKnown(code) && message !== `${ERRORS[code].title}.` ? [`${code}: ${message}`] : [];

/** The first thing that a model itself can do about it. */
function nextOf({ paused, by_error }: QueueInfo): Answer['next'] {
  if (paused !== null) return { tool: 'control_queue', arguments: { action: 'resume' } };
  const [worst] = by_error;
  return worst && { tool: 'find_jobs', arguments: { status: 'failed', error_code: worst.code } };
}

const hintOf = ({ code, hint }: Problem) => hintForModels(code, hint);

const isKnown = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

/** Only what was looked at is called well. */
function health({ parts }: QueueInfo): string {
  const unknown = [
    ...(parts.engine === 'unknown' ? ['Temporal'] : []),
    ...(parts.agent === 'unknown' ? ['the OCR agent'] : []),
  ];
  return unknown.length === 0 ? 'All parts are well.' : `No problem is known; not asked yet: ${unknown.join(', ')}.`;
}
