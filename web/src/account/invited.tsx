import { Link } from "../lib/router.tsx";
import { Invitation } from "../people/invitation.tsx";
import { useInvitation } from "../people/use-invitation.ts";
import { comeBackAfter } from "../session.ts";
import { accountText } from "../text/account.ts";
import { invitesText } from "../text/invites.ts";
import { Button } from "../ui/button.tsx";
import styles from "./account.module.css";
import { Frame } from "./frame.tsx";

/** The page of an invitation link, for those who have not signed in. */
export function InvitedScreen({ code }: { code: string }) {
  const [state, again] = useInvitation(code);
  return (
    <Frame title={invitesText.title}>
      <div className={styles.invited}>
        <Invitation
          state={state}
          onRetry={again}
          otherwise={<Link href="/sign-in">{accountText.signIn.submit}</Link>}
        >
          {() => (
            <>
              <Button variant="primary" wide onClick={() => comeBackAfter("/sign-up")}>
                {invitesText.signUp}
              </Button>
              <Button wide onClick={() => comeBackAfter("/sign-in")}>
                {invitesText.signIn}
              </Button>
            </>
          )}
        </Invitation>
      </div>
    </Frame>
  );
}
