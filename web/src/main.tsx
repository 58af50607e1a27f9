import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./styles/base.css";
import "./styles/tokens.css";
import { App, loadAccount, loadHome } from "./app.tsx";
import { askServer } from "./chat.ts";
import { followNotifications } from "./push/follow.ts";
import { restoreSession, sessionState } from "./session.ts";
import { locale } from "./text/index.ts";

document.documentElement.lang = locale;
followNotifications();
void askServer();
void restoreSession();
// Signed-in users need it at once. Others need it soon, but should not wait for it.
if (sessionState.get() === "starting") void loadHome();
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
