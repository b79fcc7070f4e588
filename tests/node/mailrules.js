// Rules of html-validate for the HTML of mails: all that it recommends, but for what mail programs
// need otherwise.
export default {
  root: true,
  extends: ["html-validate:recommended", "html-validate:document"],
  rules: {
    // Several mail programs, and Gmail for some accounts, drop style elements: what must be seen
    // stands at the element.
    "no-inline-style": "off",
    // Outlook on Windows lays out with Word: it goes by width, height, align, cellpadding and
    // cellspacing, and knows no padding or max-width in their place.
    "no-deprecated-attr": "off",
    // Tables are the layout that Outlook knows. Older screen readers know that they say nothing by
    // role=presentation, and not by the newer role=none.
    "presentation-role-style": ["error", { prefer: "presentation" }],
    // The title is the mail's subject, word for word, as long as titles of projects are. No tab
    // or list of results cuts it off.
    "long-title": "off",
  },
};
