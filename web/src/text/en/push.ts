export const push = {
  label: "Notify me when the app is closed",
  hint: "Sent through your browser’s push service, which cannot read the content.",
  unsupported: "Not supported here. You may have to install the app, or to open it over HTTPS.",
  offer: "Get notified when somebody answers?",
  accept: "Notify me",
  decline: "Not now",
  accepted: "You will be notified of new messages. The settings have more choices.",
  newVersion: "A new version is available",
  reload: "Reload",
};
