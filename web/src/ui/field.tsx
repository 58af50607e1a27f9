import ChevronDown from "lucide-react/icons/chevron-down";
import { type ComponentProps, type ReactNode, useId } from "react";
import { cx } from "./cx.ts";
import styles from "./field.module.css";

/** Finds the field with `autoFocus` in what is about to be shown. */
export const FIRST_FOCUS = "[data-focus=true]";

interface Around {
  label: string;
  /** Says what may be entered. */
  hint?: ReactNode | undefined;
  /** Says what is wrong, in place of the hint. */
  error?: string | null | undefined;
  /** The label is only for screen readers, because something else shows what the field is. */
  hideLabel?: boolean | undefined;
}

export interface TextFieldProps extends Around, Omit<ComponentProps<"input">, "size"> {
  /** Beside the text, inside the edge, such as a button. */
  end?: ReactNode | undefined;
  start?: ReactNode | undefined;
}

/** A single-line field with its label, hint and error. */
export function TextField({ label, hint, error, hideLabel, start, end, ...rest }: TextFieldProps) {
  const ids = useIds(rest.id);
  return (
    <Field {...{ label, hint, error, hideLabel }} ids={ids}>
      <span className={cx(styles.box, styles.line)}>
        {start && <span className={styles.start}>{start}</span>}
        <input
          {...rest}
          {...described(ids, hint, error)}
          data-focus={rest.autoFocus}
          className={styles.input}
        />
        {end}
      </span>
    </Field>
  );
}

export interface TextAreaProps extends Around, ComponentProps<"textarea"> {}

export function TextArea({ label, hint, error, hideLabel, ...rest }: TextAreaProps) {
  const ids = useIds(rest.id);
  return (
    <Field {...{ label, hint, error, hideLabel }} ids={ids}>
      <textarea
        rows={3}
        {...rest}
        {...described(ids, hint, error)}
        className={cx(styles.box, styles.area)}
      />
    </Field>
  );
}

export interface SelectProps extends Around, Omit<ComponentProps<"select">, "onChange" | "value"> {
  value: string;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
}

/** The system's own list, which suits every device best. */
export function Select({ label, hint, error, hideLabel, options, onChange, ...rest }: SelectProps) {
  const ids = useIds(rest.id);
  return (
    <Field {...{ label, hint, error, hideLabel }} ids={ids}>
      <span className={cx(styles.box, styles.line)}>
        <select
          {...rest}
          {...described(ids, hint, error)}
          className={cx(styles.input, styles.select)}
          onChange={(event) => onChange(event.target.value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
        <ChevronDown size={16} aria-hidden="true" className={styles.chevron} />
      </span>
    </Field>
  );
}

interface SwitchProps {
  label: string;
  hint?: ReactNode | undefined;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean | undefined;
}

/** Something that is on or off. A change takes effect at once, without saving. */
export function Switch({ label, hint, checked, onChange, disabled }: SwitchProps) {
  const id = useId();
  return (
    <span className={styles.switch}>
      <span className={styles.words}>
        <label htmlFor={id}>{label}</label>
        {hint && (
          <span id={`${id}-hint`} className={styles.hint}>
            {hint}
          </span>
        )}
      </span>
      <input
        id={id}
        type="checkbox"
        role="switch"
        aria-describedby={hint ? `${id}-hint` : undefined}
        checked={checked}
        aria-checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
      />
    </span>
  );
}

interface Ids {
  field: string;
  hint: string;
}

function Field({ label, hint, error, hideLabel, ids, children }: FieldProps) {
  return (
    <div className={styles.field}>
      <label htmlFor={ids.field} className={hideLabel ? "quiet" : styles.label}>
        {label}
      </label>
      {children}
      {(error || hint) && (
        <span id={ids.hint} className={error ? styles.error : styles.hint}>
          {error || hint}
        </span>
      )}
    </div>
  );
}

interface FieldProps extends Around {
  ids: Ids;
  children: ReactNode;
}

function useIds(given: string | undefined): Ids {
  const made = useId();
  const field = given ?? made;
  return { field, hint: `${field}-hint` };
}

function described(ids: Ids, hint: ReactNode, error: string | null | undefined) {
  return {
    id: ids.field,
    "aria-invalid": error ? true : undefined,
    "aria-describedby": hint || error ? ids.hint : undefined,
  };
}
