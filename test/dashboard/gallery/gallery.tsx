/** Every part of Base UI that the dashboard uses, as the dashboard uses it: what an upgrade must pass (gallery.test.ts). */
import { CSPProvider } from '@base-ui/react/csp-provider';
import { Popover } from '@base-ui/react/popover';
import { Tabs } from '@base-ui/react/tabs';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Button, buttonClass } from '../../../dashboard/ui/button.tsx';
import { Confirm } from '../../../dashboard/ui/confirm.tsx';
import { Dialog } from '../../../dashboard/ui/dialog.tsx';
import { SelectField, TextField } from '../../../dashboard/ui/field.tsx';
import { Menu } from '../../../dashboard/ui/menu.tsx';
import { mainElement } from '../../../dashboard/ui/portal.ts';
import { tell } from '../../../dashboard/ui/tell.ts';
import { Toasts } from '../../../dashboard/ui/toasts.tsx';
import '../../../dashboard/styles/base.css';

function Gallery() {
  const [did, setDid] = useState('nothing');
  return (
    <main>
      <h1>Gallery</h1>
      <p>
        Done: <output data-testid="did">{did}</output>
      </p>
      <Button onClick={() => setDid('behind')}>Behind</Button>
      <Confirms onDone={setDid} />
      <Dialogs onDone={setDid} />
      <Menus onDone={setDid} />
      <Popovers />
      <TabPages />
      <Fields />
      <Button onClick={() => tell('Queued again', 'ocr-17 waits for its turn')}>Tell</Button>
      <Button disabledBecause="Your key may not do that" onClick={() => setDid('forbidden')}>
        Forbidden
      </Button>
    </main>
  );
}

interface Done {
  readonly onDone: (what: string) => void;
}

function Confirms({ onDone }: Done) {
  const [open, setOpen] = useState<'confirm' | 'failing'>();
  const fail = () => Promise.reject(Object.assign(new Error('no'), { title: 'It is gone', code: 'job_not_found' }));
  return (
    <>
      <Button onClick={() => setOpen('confirm')}>Open confirm</Button>
      <Button onClick={() => setOpen('failing')}>Open failing confirm</Button>
      <Confirm
        open={open === 'confirm'}
        onClose={() => setOpen(undefined)}
        title="Cancel 3 jobs?"
        action="Cancel 3 jobs"
        kind="danger"
        onConfirm={async () => onDone('confirmed')}
      >
        They end now.
      </Confirm>
      <Confirm
        open={open === 'failing'}
        onClose={() => setOpen(undefined)}
        title="Retry it?"
        action="Retry it"
        onConfirm={fail}
      />
    </>
  );
}

function Dialogs({ onDone }: Done) {
  const [isOpen, setOpen] = useState(false);
  const [isSure, setSure] = useState(false);
  const [name, setName] = useState('');
  return (
    <>
      <Button onClick={() => setOpen(true)}>Open dialog</Button>
      <Dialog open={isOpen} onClose={() => setOpen(false)} title="New schedule" holdsInput>
        <TextField label="Name" name="name" value={name} onChange={setName} />
        <Button onClick={() => setSure(true)}>Delete it…</Button>
        <Confirm
          open={isSure}
          onClose={() => setSure(false)}
          title="Delete it?"
          action="Delete"
          onConfirm={async () => onDone('deleted')}
        />
      </Dialog>
    </>
  );
}

function Menus({ onDone }: Done) {
  return (
    <Menu
      label="More actions"
      items={[
        { label: 'Pause', onSelect: () => onDone('paused') },
        { label: 'Resume', disabledBecause: 'It is not paused', onSelect: () => onDone('resumed') },
        { label: 'Delete', isDanger: true, onSelect: () => onDone('removed') },
      ]}
    />
  );
}

function Popovers() {
  const [state, setState] = useState<'any' | 'failed'>('any');
  return (
    <Popover.Root>
      <Popover.Trigger className={buttonClass()}>Filters</Popover.Trigger>
      <Popover.Portal container={mainElement}>
        <Popover.Positioner>
          <Popover.Popup aria-label="Filters">
            <SelectField
              label="State"
              name="state"
              value={state}
              options={[
                ['any', 'Any'],
                ['failed', 'Failed'],
              ]}
              onChange={setState}
            />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function TabPages() {
  return (
    <Tabs.Root defaultValue="curl">
      <Tabs.List aria-label="Ways to call">
        <Tabs.Tab value="curl" className={buttonClass()}>
          curl
        </Tabs.Tab>
        <Tabs.Tab value="cli" className={buttonClass()}>
          CLI
        </Tabs.Tab>
        <Tabs.Tab value="mcp" className={buttonClass()}>
          MCP
        </Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="curl">by curl</Tabs.Panel>
      <Tabs.Panel value="cli">by CLI</Tabs.Panel>
      <Tabs.Panel value="mcp">by MCP</Tabs.Panel>
    </Tabs.Root>
  );
}

function Fields() {
  const [cron, setCron] = useState('');
  return (
    <TextField
      label="Cron"
      name="cron"
      note="Minute, hour, day"
      value={cron}
      onChange={setCron}
      error={cron === 'x' ? 'cron has five fields' : undefined}
    />
  );
}

const root = document.querySelector('#root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <Gallery />
        <Toasts />
      </CSPProvider>
    </StrictMode>,
  );
}
