import type { ReactNode } from 'react';
import { FieldError, Input, Label, ListBox, ListBoxItem, Popover, Button as AriaButton, Select, SelectValue, Text, TextArea, TextField as AriaTextField } from 'react-aria-components';
import styles from './field.module.css';

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: 'text' | 'password' | 'search' | 'tel';
  /** Rows of a text area; one line without it. */
  readonly rows?: number;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  readonly required?: boolean;
  readonly autoFocus?: boolean;
  readonly placeholder?: string;
  /** BCP 47 tag of the content, where it is not the interface's. */
  readonly lang?: string;
  readonly hideLabel?: boolean;
  readonly name?: string;
}

/** A labelled line or area of text, with a hint and an error that is read out. */
export function TextField({ label, hint, error, rows, required = false, autoFocus = false, placeholder, lang, hideLabel = false, ...rest }: TextFieldProps) {
  const shared = { className: styles['input'] ?? '', ...(placeholder ? { placeholder } : {}), ...(lang ? { lang } : {}) };
  return (
    <AriaTextField {...rest} className={styles['field'] ?? ''} isRequired={required} isInvalid={error !== undefined} autoFocus={autoFocus} {...(hideLabel ? { 'aria-label': label } : {})}>
      {hideLabel ? null : <Label className={styles['label'] ?? ''}>{label}</Label>}
      {rows ? <TextArea {...shared} rows={rows} /> : <Input {...shared} />}
      {hint ? (
        <Text slot="description" className={styles['hint'] ?? ''}>
          {hint}
        </Text>
      ) : null}
      <FieldError className={styles['error'] ?? ''}>{error}</FieldError>
    </AriaTextField>
  );
}

/** One choice of a {@link SelectField}. */
export interface Choice {
  readonly id: string;
  readonly label: string;
  /** BCP 47 tag of the label, for language names in their own script. */
  readonly lang?: string;
}

interface SelectFieldProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly onChange: (value: string) => void;
  readonly hideLabel?: boolean;
  readonly placeholder?: string;
  readonly isDisabled?: boolean;
}

/** A labelled list to choose one from. */
export function SelectField({ label, value, choices, onChange, hideLabel = false, placeholder = '', isDisabled = false }: SelectFieldProps) {
  return (
    <Select
      className={styles['field'] ?? ''}
      value={value === '' ? null : value}
      onChange={(key) => onChange(String(key ?? ''))}
      placeholder={placeholder}
      isDisabled={isDisabled}
      {...(hideLabel ? { 'aria-label': label } : {})}
    >
      {hideLabel ? null : <Label className={styles['label'] ?? ''}>{label}</Label>}
      <AriaButton className={styles['select'] ?? ''}>
        <SelectValue className={styles['selectValue'] ?? ''} />
        <span aria-hidden="true">▾</span>
      </AriaButton>
      <Popover className={`react-aria-Popover ${styles['popover']}`}>
        <ListBox items={choices} className={styles['list'] ?? ''}>
          {(choice) => (
            <ListBoxItem id={choice.id} textValue={choice.label} className={styles['item'] ?? ''}>
              <span lang={choice.lang}>{choice.label}</span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}

/** Fields side by side, wrapping on narrow windows. */
export function FieldRow({ children }: { readonly children: ReactNode }) {
  return <div className={styles['row']}>{children}</div>;
}
