import Eye from "lucide-react/icons/eye";
import EyeOff from "lucide-react/icons/eye-off";
import { useState } from "react";
import { accountText } from "../text/account.ts";
import { IconButton } from "../ui/button.tsx";
import { TextField, type TextFieldProps } from "../ui/field.tsx";

type PasswordFieldProps = Omit<TextFieldProps, "label" | "end"> & { label?: string };

/** The server's minimum length. The server refuses other passwords as well, and says why. */
const LEAST = 8;

/** A field for choosing a password. */
export function NewPasswordField(props: PasswordFieldProps) {
  return (
    <PasswordField
      hint={accountText.password.hint}
      autoComplete="new-password"
      minLength={LEAST}
      {...props}
    />
  );
}

/** A password field with a button that shows the password. */
export function PasswordField(props: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  const toggle = (
    <IconButton
      size="s"
      tip="none"
      label={shown ? accountText.password.hide : accountText.password.show}
      icon={shown ? <EyeOff size={18} /> : <Eye size={18} />}
      onClick={() => setShown(!shown)}
    />
  );
  return (
    <TextField
      label={accountText.password.label}
      {...props}
      required
      type={shown ? "text" : "password"}
      autoCapitalize="none"
      spellCheck={false}
      end={toggle}
    />
  );
}
