import Eye from "lucide-react/icons/eye";
import EyeOff from "lucide-react/icons/eye-off";
import { useState } from "react";
import { serverConfig } from "../lib/server.ts";
import { useValue } from "../lib/value.ts";
import { accountText } from "../text/account.ts";
import { IconButton } from "../ui/button.tsx";
import { TextField, type TextFieldProps } from "../ui/field.tsx";

type PasswordFieldProps = Omit<TextFieldProps, "label" | "end"> & { label?: string };

/** A field for choosing a password. The server refuses more than short ones, and says why. */
export function NewPasswordField(props: PasswordFieldProps) {
  const least = useValue(serverConfig)?.limits.min_password;
  return (
    <PasswordField
      hint={least && accountText.password.hint(least)}
      autoComplete="new-password"
      minLength={least}
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
