import { useQuery } from '@tanstack/react-query';
import { answer } from '../../api/queries.ts';
import { Asked } from '../../shell/asked.tsx';
import { utcOf, whenOf } from '../../words/times.ts';
import styles from './schedules.module.css';

/** Is it another clock than the reader's and UTC, which are shown in any case? */
const isThird = (timeZone: string): boolean =>
  timeZone !== 'UTC' && timeZone !== Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The next times of a schedule by the reader's clock, its own, and UTC. */
export function NextTimes({ name }: { readonly name: string }) {
  const query = useQuery(answer('getSchedule', { name }));
  return (
    <Asked query={query}>
      {({ next, time_zone }) => (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        <section className={styles.scroll} tabIndex={0} aria-label={`Next times of ${name}`}>
          <table className={styles.times}>
            <thead>
              <tr>
                <th scope="col">Your time</th>
                {isThird(time_zone) && <th scope="col">{time_zone}</th>}
                <th scope="col">UTC</th>
              </tr>
            </thead>
            <tbody>
              {next.map(({ at, local }) => (
                <tr key={at}>
                  <td>{whenOf(at, Date.now())}</td>
                  {isThird(time_zone) && <td>{local.replace('T', ' ').slice(0, 16)}</td>}
                  <td>{utcOf(at).slice(0, 16)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Asked>
  );
}
