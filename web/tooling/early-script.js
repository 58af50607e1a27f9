// In the page's head, before anything is painted: the chosen colours, and which way the text runs.
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
  const dir = new URLSearchParams(location.search).get("dir") ?? localStorage.getItem("dir");
  if (dir === "rtl" || dir === "ltr") document.documentElement.dir = dir;
} catch {
  // No storage in this browser: it looks as the system does.
}
