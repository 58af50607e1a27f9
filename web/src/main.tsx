import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./styles/base.css";
import "./styles/tokens.css";
import { App, loadAccount, loadHome } from "./app.tsx";
import { followNotifications } from "./push/follow.ts";
import { restore, session } from "./session.ts";
import { locale } from "./text/index.ts";

document.documentElement.lang = locale;
followNotifications();
void restore();
// Needed at once by who is signed in, and soon by others, who shall not wait for it.
if (session.get() === "starting") void loadHome();
else {
  void loadAccount();
  addEventListener("load", () => setTimeout(loadHome, 500));
}

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
