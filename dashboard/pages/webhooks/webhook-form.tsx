import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { call } from '../../api/call.ts';
import { type CallProblem, problemFrom } from '../../api/problem.ts';
import { addressOfPage } from '../../pages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { CheckField, errorsByField, FieldGroup, TextField } from '../../ui/field.tsx';
import { Trouble, troubleOf } from '../../ui/trouble.tsx';
import { WEBHOOK_TYPE_WORDS, type WebhookType } from '../../words/webhooks.ts';
import { Secret } from './secret.tsx';
import styles from './webhooks.module.css';

const TYPES = Object.entries(WEBHOOK_TYPE_WORDS) as [WebhookType, string][];

/** Makes a webhook, and shows its secret: the only time it can be seen. */
export function WebhookForm({ onClose }: { readonly onClose: () => void }) {
  const queries = useQueryClient();
  const [, goTo] = useLocation();
  const [url, setUrl] = useState('');
  const [description, setDescription] = useState('');
  const [events, setEvents] = useState<readonly WebhookType[]>(['job.finished', 'job.failed']);
  const [made, setMade] = useState<{ readonly id: string; readonly secret: string | null }>();
  const [problem, setProblem] = useState<CallProblem>();
  const [isBusy, setBusy] = useState(false);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const said = description.trim() === '' ? {} : { description: description.trim() };
      const { webhook_id, secret } = await call('createWebhook', { url: url.trim(), events: [...events], ...said });
      await queries.invalidateQueries({ queryKey: ['listWebhooks'] });
      setMade({ id: webhook_id, secret });
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    } finally {
      setBusy(false);
    }
  };
  const errors = errorsByField(problem?.fields ?? []);
  if (made) {
    return (
      <Dialog open onClose={onClose} title="The webhook is ready" holdsInput>
        <Secret secret={made.secret} />
        <DialogActions>
          <Button kind="primary" onClick={() => goTo(addressOfPage('webhook', made.id))}>
            Open it
          </Button>
        </DialogActions>
      </Dialog>
    );
  }
  return (
    <Dialog open onClose={onClose} title="New webhook" holdsInput>
      <form className={styles.form} onSubmit={(event) => void save(event)}>
        <TextField
          label="Address"
          name="url"
          value={url}
          onChange={setUrl}
          placeholder="https://example.com/hooks"
          error={errors.url}
          isPrivate
        />
        <FieldGroup label="Send when" error={errors.events}>
          {TYPES.map(([type, words]) => (
            <CheckField
              key={type}
              label={words}
              note={<code>{type}</code>}
              checked={events.includes(type)}
              onChange={(on) => setEvents(on ? [...events, type] : events.filter((each) => each !== type))}
            />
          ))}
        </FieldGroup>
        <TextField
          label="What it is for"
          name="description"
          value={description}
          onChange={setDescription}
          maxLength={200}
          error={errors.description}
          isPrivate
        />
        {problem && <Trouble trouble={troubleOf(problem)} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            kind="primary"
            isBusy={isBusy}
            disabledBecause={events.length === 0 ? 'Choose at least one event' : undefined}
          >
            Create webhook
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
