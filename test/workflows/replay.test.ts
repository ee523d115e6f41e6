import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { historyFromJson } from '../support/history.ts';

const FOLDER = new URL('../histories/', import.meta.url);
const BUNDLE = new URL('../../dist/workflow-bundle.js', import.meta.url).pathname;

const recorded = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));

describe('a workflow that was begun by an earlier version goes on under this one', () => {
  it('has the histories that a change is most likely to break', () => {
    const kinds = new Set(recorded.map((file) => file.replace(/^.*\//, '')));
    for (const kind of ['healthy', 'retried-call', 'lost-worker', 'cancel', 'save-during-outage', 'refused']) {
      expect(kinds).toContain(`${kind}.json`);
    }
  });

  it.each(recorded)('%s replays', async (file) => {
    const { workflowId, history } = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as {
      workflowId: string;
      history: object;
    };
    await Worker.runReplayHistory({ workflowBundle: { codePath: BUNDLE } }, historyFromJson(history), workflowId);
  });

  it.each(recorded)('%s tells nothing of the machine that recorded it', (file) => {
    const text = readFileSync(new URL(file, FOLDER), 'utf8');
    expect([...text.matchAll(/"stackTrace": "(.+?)"/g)].map((match) => match[1])).toEqual([]);
    const values = [...text.matchAll(/"((?:[^"\\\\]|\\\\.)*)"/g)].map((match) => match[1] ?? '');
    const decoded = values.flatMap((value) => [value, Buffer.from(value, 'base64').toString('utf8')]);
    expect(decoded.filter((value) => /(^|[\s("'])(file:\/\/|[A-Z]:\\\\|\/[\w.-]+\/[\w.-]+)/.test(value))).toEqual([]);
  });

  it('the healthy run takes at most 14 events', () => {
    const { history } = JSON.parse(readFileSync(new URL('v1/healthy.json', FOLDER), 'utf8')) as {
      history: { events: unknown[] };
    };
    expect(history.events.length).toBeLessThanOrEqual(14);
  });
});
