// Signing in and out at the user pool: OAuth 2.0's authorization code with PKCE
// (RFC 6749, RFC 7636). Tokens are in memory only. A page that is loaded anew
// asks for others, which the pool's own session grants without a question.

const pendingKey = 'spacefinder-console-sign-in'; // verifier and state, from leaving for the sign-in to coming back
const returningKey = 'spacefinder-console-signed-in'; // this tab was signed in

let configuration = null;
let tokens = null; // {id, refresh, expires}
let refreshing = null;

const encode = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
const random = (length) => encode(crypto.getRandomValues(new Uint8Array(length)));

export async function configure() {
  const answer = await fetch('config.json', { cache: 'no-store' });
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  configuration = await answer.json();
  return configuration;
}

export const wasSignedIn = () => sessionStorage.getItem(returningKey) !== null;
export const isSignedIn = () => tokens !== null;

// signIn leaves for the sign-in page; the browser comes back with a code.
export async function signIn() {
  const verifier = random(48);
  const state = random(24);
  sessionStorage.setItem(pendingKey, JSON.stringify({ verifier, state, hash: location.hash }));
  const challenge = encode(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
  location.assign(`${configuration.authorizeUrl}?${new URLSearchParams({
    response_type: 'code',
    client_id: configuration.clientId,
    redirect_uri: configuration.redirectUri,
    scope: 'openid email profile',
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })}`);
}

// finishSignIn takes the code that the browser came back with, if it did. It
// throws when the sign-in did not succeed.
export async function finishSignIn() {
  const query = new URLSearchParams(location.search);
  if (!query.has('code') && !query.has('error')) return;
  const pending = JSON.parse(sessionStorage.getItem(pendingKey) ?? 'null');
  sessionStorage.removeItem(pendingKey);
  history.replaceState(null, '', location.pathname + (pending?.hash ?? ''));
  if (!pending || query.get('state') !== pending.state) throw new Error('That sign-in was not begun in this tab.');
  if (query.has('error')) throw new Error(query.get('error_description') ?? query.get('error'));
  await askForTokens({
    grant_type: 'authorization_code',
    code: query.get('code'),
    redirect_uri: configuration.redirectUri,
    code_verifier: pending.verifier,
  });
}

async function askForTokens(parameters) {
  const answer = await fetch(configuration.tokenUrl, {
    method: 'POST',
    cache: 'no-store',
    body: new URLSearchParams({ client_id: configuration.clientId, ...parameters }),
  });
  if (!answer.ok) throw new Error('The sign-in has expired.');
  const granted = await answer.json();
  tokens = {
    id: granted.id_token,
    refresh: granted.refresh_token ?? tokens?.refresh,
    expires: Date.now() + granted.expires_in * 1000,
  };
  sessionStorage.setItem(returningKey, '1');
}

// idToken returns a token that is good for another minute, or null when nobody
// is signed in any more.
export async function idToken() {
  if (tokens && Date.now() > tokens.expires - 60_000) await renew();
  return tokens?.id ?? null;
}

// renew gets new tokens, once for all who ask at the same time. A refresh token
// that is no longer good ends the session; a server that is away does not.
export async function renew() {
  refreshing ??= askForTokens({ grant_type: 'refresh_token', refresh_token: tokens.refresh })
    .catch((error) => {
      if (!(error instanceof TypeError)) tokens = null; // TypeError: the network
    })
    .finally(() => { refreshing = null; });
  await refreshing;
}

// user returns what the token says of who is signed in. It is for show: the
// server checks the token itself.
export function user() {
  if (!tokens) return null;
  const part = tokens.id.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
  const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (c) => c.charCodeAt(0))));
  return { id: claims.sub, name: claims.email ?? claims.sub };
}

// forget ends the session in this tab.
export function forget() {
  tokens = null;
  sessionStorage.removeItem(returningKey);
}

// signOut ends the session here and at the user pool, the tokens of it too. A
// server that is away keeps nobody here: what it could not revoke expires.
export async function signOut() {
  const refresh = tokens?.refresh;
  forget();
  if (refresh) {
    await fetch(configuration.revokeUrl, {
      method: 'POST',
      body: new URLSearchParams({ token: refresh, client_id: configuration.clientId }),
    }).catch(() => {});
  }
  location.assign(`${configuration.logoutUrl}?${new URLSearchParams({
    client_id: configuration.clientId,
    logout_uri: configuration.redirectUri,
  })}`);
}
