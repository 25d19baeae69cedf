import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components';
import styles from './button.module.css';

interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'style'> {
  /** `primary` for the one main act of a screen, `danger` for acts that cannot be taken back, `quiet` inside rows, `link` for a text that leads elsewhere and may wrap. */
  readonly kind?: 'plain' | 'primary' | 'danger' | 'quiet' | 'link';
}

/** A push button; at least 24 px high in every language. */
export function Button({ kind = 'plain', ...rest }: ButtonProps) {
  return <AriaButton {...rest} className={`${styles['button']} ${styles[kind]}`} />;
}
