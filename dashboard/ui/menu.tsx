import { Menu as Base } from '@base-ui/react/menu';
import { Ellipsis, type LucideIcon } from 'lucide-react';
import { Button, IconButton } from './button.tsx';
import { classNames } from './class-names.ts';
import styles from './menu.module.css';
import { mainElement } from './portal.ts';

export interface MenuItem {
  readonly label: string;
  readonly icon?: LucideIcon;
  readonly isDanger?: boolean;
  /** Why it cannot be chosen now. */
  readonly disabledBecause?: string | undefined;
  readonly onSelect: () => void;
}

interface MenuProps {
  readonly label: string;
  /** The button shows its label, not three dots. */
  readonly isWordy?: boolean;
  readonly items: readonly MenuItem[];
}

/** Further actions behind one button. */
export function Menu({ label, isWordy = false, items }: MenuProps) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={isWordy ? <Button>{label}</Button> : <IconButton icon={Ellipsis} label={label} />} />
      <Base.Portal container={mainElement}>
        <Base.Positioner className={styles.positioner} sideOffset={4} align="end">
          <Base.Popup className={styles.popup}>
            {items.map(({ label: name, icon: Icon, isDanger = false, disabledBecause, onSelect }) => (
              <Base.Item
                key={name}
                className={classNames(styles.item, isDanger && styles.danger)}
                disabled={disabledBecause !== undefined}
                title={disabledBecause}
                onClick={onSelect}
              >
                {Icon && <Icon size={16} aria-hidden />}
                {name}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
