import { useQueryClient } from '@tanstack/react-query';
import { Suspense, useState } from 'react';
import { call } from '../../api/call.ts';
import { problemFrom } from '../../api/problem.ts';
import { useMay } from '../../api/session.ts';
import { lazyPart } from '../../shell/lazy-part.ts';
import { Button } from '../../ui/button.tsx';
import { Trouble, type TroubleFacts, troubleOf } from '../../ui/trouble.tsx';

const PauseDialog = lazyPart(async () => (await import('./pause-dialog.tsx')).PauseDialog);

/** Pauses the whole queue after asking, or lets it go on. */
export function PauseButton({ isPaused }: { readonly isPaused: boolean }) {
  const queries = useQueryClient();
  const may = useMay('queue:admin');
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<TroubleFacts>();
  const because = may ? undefined : 'Your key lacks the scope queue:admin.';
  const refresh = () => queries.invalidateQueries({ queryKey: ['queueInfo'] });
  async function resume(): Promise<void> {
    setBusy(true);
    setTrouble(undefined);
    try {
      await call('resumeQueue', {});
    } catch (thrown) {
      setTrouble(troubleOf(problemFrom(thrown)));
    } finally {
      setBusy(false);
      await refresh();
    }
  }
  if (isPaused) {
    return (
      <>
        {trouble && <Trouble trouble={trouble} />}
        <Button isBusy={isBusy} disabledBecause={because} onClick={() => void resume()}>
          Resume queue
        </Button>
      </>
    );
  }
  return (
    <>
      <Button disabledBecause={because} onClick={() => setAsking(true)}>
        Pause queue…
      </Button>
      {isAsking && (
        <Suspense fallback={null}>
          <PauseDialog onClose={() => setAsking(false)} onPaused={refresh} />
        </Suspense>
      )}
    </>
  );
}
