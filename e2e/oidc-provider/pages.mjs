// What a person sees at this provider. Every element that a test clicks has an id of its own.

const escape = (text) =>
  String(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

const page = (title, content) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${content}</html>`;

export const signIn = (people) =>
  page(
    'Second provider: sign in',
    `<form method="post">${people
      .map((nick) => `<p><button id="sign-in-${escape(nick)}" name="person" value="${escape(nick)}">I am ${escape(nick)}</button>`)
      .join('')}</form>`,
  );

export const consent = (client, scopes) =>
  page(
    'Second provider: consent',
    `<p>${escape(client)} asks for:</p><ul>${scopes
      .map((scope) => `<li>${escape(scope)}`)
      .join('')}</ul><form method="post"><button id="agree" name="consent" value="yes">Agree</button>
     <button id="deny" name="consent" value="no">Deny</button></form>`,
  );

/** `form` is the provider's own; the buttons belong to it. */
export const signOut = (form) =>
  page(
    'Second provider: sign out',
    `${form}<button id="sign-out" form="op.logoutForm" name="logout" value="yes">Sign out</button>
     <button id="stay" form="op.logoutForm">Stay</button>`,
  );

export const failed = ({ error, error_description: description }) =>
  page('Second provider: error', `<p id="error">${escape(error)}</p><p>${escape(description)}</p>`);
