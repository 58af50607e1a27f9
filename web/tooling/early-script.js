// Runs in the page's head, before the first paint: applies the chosen theme and text direction.
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
  const dir = new URLSearchParams(location.search).get("dir") ?? localStorage.getItem("dir");
  if (dir === "rtl" || dir === "ltr") document.documentElement.dir = dir;
} catch {
  // The browser has no storage: the page follows the system's theme.
}
