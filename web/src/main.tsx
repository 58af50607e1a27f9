import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./styles/base.css";
import "./styles/tokens.css";
import { App, loadHome } from "./app.tsx";
import { restore } from "./session.ts";
import { locale } from "./text/index.ts";

document.documentElement.lang = locale;
void restore();
// Needed at once, or soon.
void loadHome();

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
