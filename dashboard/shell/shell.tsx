import { Menu, X } from 'lucide-react';
import { type ReactNode, Suspense, useState } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { PAGE_ROWS, type Page, type PageKey } from '../pages.ts';
import { useKeys } from '../ui/keys.ts';
import { Crash } from './crash.tsx';
import { HelpOverPage } from './help-over-page.tsx';
import { LiveDot } from './live-dot.tsx';
import { useLive } from './live-status.ts';
import { LoginOverPage } from './login-over-page.tsx';
import { Nav } from './nav.tsx';
import { NotFound } from './not-found.tsx';
import { PAGE_COMPONENTS } from './page-modules.ts';
import { isAt } from './route-match.ts';
import styles from './shell.module.css';
import { useShortcuts } from './shortcuts.ts';
import { ToastsOverPage } from './toasts-over-page.tsx';
import { Uploads } from './uploads.tsx';
import { Waiting } from './waiting.tsx';
import { Whose } from './whose.tsx';

/** What stands around every page. */
export function Shell() {
  useLive();
  useShortcuts();
  const [location] = useLocation();
  const [isNavOpen, setNavOpen] = useState(false);
  const open = PAGE_ROWS.find(([, { path }]) => isAt(path, location));
  const current = open && ((open[1].under ?? open[0]) as PageKey);
  const closeNav = () => setNavOpen(false);
  useKeys(isNavOpen ? [['Escape', closeNav]] : []);
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        Skip to the page
      </a>
      <header className={styles.side} data-open={isNavOpen}>
        <div className={styles.bar}>
          <Link href="/" className={styles.brand} onClick={closeNav}>
            pantry-queue
          </Link>
          <LiveDot />
          <button
            type="button"
            className={styles.toggle}
            aria-expanded={isNavOpen}
            aria-controls="nav"
            onClick={() => setNavOpen(!isNavOpen)}
          >
            {isNavOpen ? <X size={20} aria-hidden /> : <Menu size={20} aria-hidden />}
            <span>{isNavOpen ? 'Close' : 'Menu'}</span>
          </button>
        </div>
        <nav id="nav" className={styles.nav} aria-label="Pages">
          <Nav current={current} onGo={closeNav} />
          <Whose />
        </nav>
      </header>
      <main id="main" tabIndex={-1} className={styles.main} data-wide={open?.[1].isWide ?? false}>
        <Crash key={location}>
          <Suspense fallback={<Waiting />}>
            <Pages />
          </Suspense>
        </Crash>
      </main>
      <Uploads />
      <HelpOverPage />
      <LoginOverPage />
      <ToastsOverPage />
    </div>
  );
}

function Pages(): ReactNode {
  return (
    <Switch>
      {PAGE_ROWS.map(([key, { path }]: readonly [PageKey, Page]) => {
        const Component = PAGE_COMPONENTS[key];
        return (
          <Route<{ id?: string }> key={key} path={path}>
            {({ id }) => <Component id={id ?? ''} />}
          </Route>
        );
      })}
      <Route>
        <NotFound />
      </Route>
    </Switch>
  );
}
