import { lazy } from "react";
import type { Route } from "../lib/router.tsx";
import { ForgotScreen } from "./forgot.tsx";
import { ResetScreen } from "./reset.tsx";
import { SignInScreen } from "./sign-in.tsx";
import { SignUpScreen } from "./sign-up.tsx";
import { UndoEmailScreen } from "./undo-email.tsx";
import { VerifyScreen } from "./verify.tsx";

/** Few people come by an invitation. */
const InvitedScreen = lazy(() =>
  import("./invited.tsx").then(({ InvitedScreen }) => ({ default: InvitedScreen })),
);

/** The screens for signed-out users, and those that links in mails open. */
export function AccountScreen({ route }: { route: Route }) {
  switch (route.name) {
    case "verify":
      return <VerifyScreen token={route.token} />;
    case "undoEmail":
      return <UndoEmailScreen token={route.token} />;
    case "reset":
      return <ResetScreen token={route.token} />;
    case "invite":
      return <InvitedScreen code={route.code} />;
    case "signUp":
      return <SignUpScreen />;
    case "forgot":
      return <ForgotScreen />;
    default:
      return <SignInScreen />;
  }
}
