// Starts the viewer, and signs people in to try the API: OAuth 2.0's code grant
// with PKCE (RFC 6749, RFC 7636) at the user pool's hosted pages. The API wants
// the bare ID token, which no OAuth scheme of the viewer sends; so the page
// gets the token itself and hands it to the viewer as the API key that it is.
// The token is in memory alone and is gone with the page.
"use strict";

const page = document.body.dataset;
const redirect = page.base + "/docs/";
const pending = "spacefinder-sign-in"; // in sessionStorage: what is kept while the person is away
const scheme = "TokenAuthorizer"; // its name in the document
const element = (id) => document.getElementById(id);

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

let viewer;
let session = null; // { token, claims } while somebody is signed in
let ending; // the timer that ends it

function notice(text, kind = "error") {
  const box = element("notice");
  box.className = text ? `alert alert-${kind}` : "";
  box.textContent = text;
}

async function signIn() {
  if (!crypto.subtle) {
    notice("Browsers allow signing in only on https, or on the machine itself (http://127.0.0.1). " +
      "You can still paste an ID token under Authorize.");
    return;
  }
  const attempt = { state: random(), verifier: random(), hash: location.hash };
  sessionStorage.setItem(pending, JSON.stringify(attempt));
  const challenge = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(attempt.verifier));
  location.assign(`${page.pool}/oauth2/authorize?` + new URLSearchParams({
    response_type: "code",
    client_id: page.client,
    redirect_uri: redirect,
    scope: "openid email profile",
    state: attempt.state,
    code_challenge: base64url(new Uint8Array(challenge)),
    code_challenge_method: "S256",
  }));
}

// Whoever comes back from signing in brings a code, which is exchanged for a
// session, or an error.
async function finishSignIn() {
  const answer = new URLSearchParams(location.search);
  if (!answer.has("code") && !answer.has("error")) {
    return;
  }
  const attempt = JSON.parse(sessionStorage.getItem(pending) ?? "null");
  sessionStorage.removeItem(pending);
  history.replaceState(null, "", "/docs/" + (attempt?.hash ?? ""));
  if (!attempt || answer.get("state") !== attempt.state) { // nor is what it says shown: anybody can make such a link
    notice("This sign-in was not started on this page. Please sign in again.");
    return;
  }
  if (answer.has("error")) {
    notice("Nobody was signed in: " + (answer.get("error_description") ?? answer.get("error")));
    return;
  }
  const response = await fetch(`${page.pool}/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: page.client,
      redirect_uri: redirect,
      code: answer.get("code"),
      code_verifier: attempt.verifier,
    }),
  });
  const tokens = await response.json();
  if (!response.ok) {
    notice("Nobody was signed in: " + (tokens.error_description ?? tokens.error) + ". Please sign in again.");
    return;
  }
  session = { token: tokens.id_token, claims: claims(tokens.id_token) };
}

// What the token says is shown, not trusted: the server checks it.
function claims(token) {
  const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const bytes = Uint8Array.from(atob(payload), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

// Hands the session's token to the viewer.
function begin() {
  viewer.preauthorizeApiKey(scheme, session.token);
  ending = setTimeout(() => {
    end();
    notice("Your ID token has expired. Sign in again to go on.", "info");
  }, session.claims.exp * 1000 - Date.now());
  show();
}

function end() {
  clearTimeout(ending);
  session = null;
  viewer.authActions.logout([scheme]);
  show();
}

function signOut() {
  end();
  location.assign(`${page.pool}/logout?` + new URLSearchParams({ client_id: page.client, logout_uri: redirect }));
}

async function copyToken() {
  await navigator.clipboard.writeText(session.token);
  element("who").textContent = "Copied. It is good until " + until() + ".";
}

function until() {
  return new Date(session.claims.exp * 1000).toLocaleTimeString([], { timeStyle: "short" });
}

function show() {
  element("sign-in").hidden = session !== null;
  element("sign-out").hidden = session === null;
  element("copy-token").hidden = session === null;
  if (!session) {
    element("who").textContent = "Not signed in";
    return;
  }
  const groups = session.claims["cognito:groups"] ?? [];
  const name = session.claims.email ?? session.claims.sub;
  element("who").textContent = `${name}${groups.length ? ` (${groups.join(", ")})` : ""}, until ${until()}`;
  element("who").title = "User id " + session.claims.sub;
}

// Preflights are for browsers: nobody reads them here. Paths of one's own
// bookings need one's id, which is filled in.
function readable(specification) {
  for (const item of Object.values(specification.paths)) {
    delete item.options;
  }
  if (session) {
    specification.components.parameters.UserID.example = session.claims.sub;
  }
  return specification;
}

// The viewer puts a link into the button that opens an operation: a control
// within a control, which keyboards and screen readers cannot tell apart.
const plainPaths = () => ({
  wrapComponents: {
    DeepLink: (_, system) => ({ text }) => system.React.createElement("span", null, text),
  },
});

// The viewer leaves some controls without a name, and scrolling samples out of
// reach of the keyboard. It makes them as operations open.
function nameControls() {
  const name = (selector, label) => {
    for (const control of element("viewer").querySelectorAll(`${selector}:not([aria-label])`)) {
      control.setAttribute("aria-label", label);
    }
  };
  name("textarea.body-param__text", "Body of the request");
  name("select.examples-select-element", "Example");
  name("select.content-type", "Media type");
  name(".copy-to-clipboard button", "Copy");
  for (const sample of element("viewer").querySelectorAll(".microlight:not([tabindex])")) {
    sample.tabIndex = 0;
  }
}

function startViewer(specification) {
  return new Promise((resolve) => {
    const ui = SwaggerUIBundle({
      spec: readable(specification),
      dom_id: "#viewer",
      plugins: [plainPaths],
      deepLinking: true,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      defaultModelsExpandDepth: 0,
      showExtensions: false,
      persistAuthorization: false,
      validatorUrl: null, // the default is another host
      onComplete: () => resolve(ui),
    });
  });
}

async function start() {
  element("sign-in").addEventListener("click", signIn);
  element("sign-out").addEventListener("click", signOut);
  element("copy-token").addEventListener("click", copyToken);
  show();
  if (location.origin !== page.base) {
    notice(`The server knows itself as ${page.base}; signing in and trying calls work at ${redirect}. ` +
      "If that address is wrong, start the server with -public-url.", "warn");
    element("sign-in").hidden = true;
  } else if (location.hash === "#sign-in") {
    history.replaceState(null, "", "/docs/");
    await signIn();
    return;
  }
  new MutationObserver(nameControls).observe(element("viewer"), { childList: true, subtree: true });
  await finishSignIn().catch((problem) => notice("Nobody was signed in: " + problem.message));
  const response = await fetch("/openapi.json");
  viewer = await startViewer(await response.json());
  if (session) {
    begin();
  }
}

start().catch((problem) => notice("This page does not work: " + problem.message));
