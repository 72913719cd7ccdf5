// Small comforts where a script may run; every page works without it. Focus goes to the list of errors, a second
// click on a button is ignored, letters are counted.
import { Button, CharacterCount, ErrorSummary, NotificationBanner, createAll } from "govuk-frontend";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
for (const Part of [Button, CharacterCount, ErrorSummary, NotificationBanner]) createAll(Part);
