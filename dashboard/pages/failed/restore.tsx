import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import { problemFrom } from '../../api/problem.ts';
import { Button } from '../../ui/button.tsx';
import { Trouble, type TroubleFacts, troubleOf } from '../../ui/trouble.tsx';
import { plural } from '../../words/text.ts';
import styles from './failed.module.css';

/** Takes the latest clearing back. */
export function Restore({ because }: { readonly because: string | undefined }) {
  const queries = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const [told, setTold] = useState<string>();
  const [trouble, setTrouble] = useState<TroubleFacts>();
  async function restore(): Promise<void> {
    setBusy(true);
    setTrouble(undefined);
    setTold(undefined);
    try {
      const { restored } = await call('restoreFailedJobs', {});
      setTold(`${plural(restored, 'job')} restored.`);
      await queries.invalidateQueries();
    } catch (thrown) {
      setTrouble(troubleOf(problemFrom(thrown)));
    } finally {
      setBusy(false);
    }
  }
  return (
    <div className={styles.restore}>
      <Button kind="quiet" isBusy={isBusy} disabledBecause={because} onClick={() => void restore()}>
        Restore cleared
      </Button>
      {told && <span role="status">{told}</span>}
      {trouble && <Trouble trouble={trouble} />}
    </div>
  );
}
