import { chat } from "../chat.ts";
import { Link } from "../lib/router.tsx";
import { serverConfig } from "../lib/server.ts";
import { useValue } from "../lib/value.ts";
import { wantedPath } from "../session.ts";
import { accountText } from "../text/account.ts";
import { TextField } from "../ui/field.tsx";
import styles from "./account.module.css";
import { FarewellNote } from "./farewell-note.tsx";
import { AccountForm, fieldText } from "./form.tsx";
import { Frame } from "./frame.tsx";
import { PasswordField } from "./password-field.tsx";

const words = accountText.signIn;

export function SignInScreen() {
  const invited = wantedPath()?.includes("invite") ?? false;
  // Without mail, no link can be sent. Until the server has said so, it is offered.
  const mail = useValue(serverConfig)?.mail ?? true;
  const after = (
    <>
      {words.other} <Link href="/sign-up">{words.toSignUp}</Link>
    </>
  );
  return (
    <Frame title={words.title} lead={invited ? accountText.invited : null} after={after}>
      <FarewellNote />
      <AccountForm
        submit={words.submit}
        onSubmit={(given) =>
          chat.signIn({
            login: fieldText(given, "login").trim(),
            password: fieldText(given, "password"),
          })
        }
      >
        {(error) => (
          <>
            <TextField
              label={words.login}
              name="login"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              autoFocus
              required
              error={error("login")}
            />
            <PasswordField
              name="password"
              autoComplete="current-password"
              error={error("password")}
            />
            {mail && (
              <Link href="/forgot" className={styles.forgot}>
                {words.forgot}
              </Link>
            )}
          </>
        )}
      </AccountForm>
    </Frame>
  );
}
