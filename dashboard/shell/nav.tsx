import { Link } from 'wouter';
import { PAGE_ROWS, type PageKey } from '../pages.ts';
import { countOf } from '../words/money.ts';
import { useNavCounts } from './counts.ts';
import styles from './nav.module.css';
import { PAGE_ICONS } from './page-icons.ts';

/** All pages that stand for themselves. @param current the one that is open, or that the open one stands under */
export function Nav({ current, onGo }: { readonly current: PageKey | undefined; readonly onGo: () => void }) {
  const counts = useNavCounts();
  return (
    <ul className={styles.list}>
      {PAGE_ROWS.map(([key, { path, title, nav }]) => {
        if (!nav) return null;
        const Icon = PAGE_ICONS[key];
        const count = nav.count && counts[nav.count];
        return (
          <li key={key}>
            <Link
              href={path}
              className={styles.link}
              aria-current={key === current ? 'page' : undefined}
              onClick={onGo}
            >
              {Icon && <Icon size={16} aria-hidden />}
              <span>{title}</span>
              {count ? <span className={styles.count}>{countOf(count)}</span> : null}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
