import { chat } from "../chat.ts";
import { Link } from "../lib/router.tsx";
import { serverConfig } from "../lib/server.ts";
import { useValue } from "../lib/value.ts";
import { wantedPath } from "../session.ts";
import { accountText } from "../text/account.ts";
import { TextField } from "../ui/field.tsx";
import { AccountForm, fieldText } from "./form.tsx";
import { Frame } from "./frame.tsx";
import { NewPasswordField } from "./password-field.tsx";

const words = accountText.signUp;
/** The server's rule. Spaces around the name are removed before it is sent. */
const USERNAME = "\\s*[A-Za-z0-9_]([A-Za-z0-9_.\\-]*[A-Za-z0-9_])?\\s*";
/** At least one character that is not a space. */
const WORDS = ".*\\S.*";

export function SignUpScreen() {
  const invited = wantedPath()?.includes("invite") ?? false;
  const limits = useValue(serverConfig)?.limits;
  const after = (
    <>
      {words.other} <Link href="/sign-in">{words.toSignIn}</Link>
    </>
  );
  return (
    <Frame title={words.title} lead={invited ? accountText.invited : null} after={after}>
      <AccountForm submit={words.submit} onSubmit={signUp}>
        {(error) => (
          <>
            <TextField
              label={words.displayName}
              hint={words.displayNameHint}
              name="display_name"
              autoComplete="name"
              maxLength={limits?.max_display_name}
              pattern={WORDS}
              autoFocus
              required
              error={error("display_name")}
            />
            <TextField
              label={words.username}
              hint={words.usernameHint}
              name="username"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              minLength={limits?.min_username}
              maxLength={limits?.max_username}
              pattern={USERNAME}
              required
              error={error("username")}
            />
            <TextField
              label={words.email}
              name="email"
              type="email"
              autoComplete="email"
              required
              error={error("email")}
            />
            <NewPasswordField name="password" error={error("password")} />
          </>
        )}
      </AccountForm>
    </Frame>
  );
}

function signUp(given: FormData): Promise<void> {
  return chat.signUp({
    email: fieldText(given, "email").trim(),
    username: fieldText(given, "username").trim(),
    password: fieldText(given, "password"),
    display_name: fieldText(given, "display_name").trim(),
  });
}
