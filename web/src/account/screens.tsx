import type { Route } from "../lib/router.tsx";
import { Forgot } from "./forgot.tsx";
import { Reset } from "./reset.tsx";
import { SignIn } from "./sign-in.tsx";
import { SignUp } from "./sign-up.tsx";
import { UndoEmail } from "./undo-email.tsx";
import { Verify } from "./verify.tsx";

/** What is there for who is not signed in, and for who follows a link of a mail. */
export function AccountScreen({ route }: { route: Route }) {
  switch (route.name) {
    case "verify":
      return <Verify token={route.token} />;
    case "undoEmail":
      return <UndoEmail token={route.token} />;
    case "reset":
      return <Reset token={route.token} />;
    case "signUp":
      return <SignUp />;
    case "forgot":
      return <Forgot />;
    default:
      return <SignIn />;
  }
}
