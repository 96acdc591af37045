// Tells the server in which time zone the person is, for the firm's first guess.
"use strict";
document.querySelectorAll("[data-time-zone]").forEach((field) => {
  if (!field.value) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
});
