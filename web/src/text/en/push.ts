export const push = {
  label: "Notify me when the app is closed",
  hint: "Through your browser's push service, which cannot read what it carries.",
  unsupported: "This browser cannot do that here. It may need an installed app, or HTTPS.",
  newVersion: "A new version is ready",
  reload: "Reload",
};
