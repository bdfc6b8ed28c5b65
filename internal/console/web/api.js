// Calls of the console's API.

import { idToken, renew } from './auth.js';

// ApiError is an answer that is not a success; status 0 is no answer at all.
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// call sends a request with the administrator's token and returns the JSON of
// the answer, or null where there is none.
export async function call(method, path, body) {
  let answer = await send(method, path, body);
  if (answer.status === 401) {
    await renew();
    answer = await send(method, path, body);
  }
  if (answer.status === 204) return null;
  const content = await answer.json().catch(() => null);
  if (answer.ok && content === null) throw noAnswer(); // it broke off
  if (!answer.ok) throw new ApiError(answer.status, content?.message ?? content?.Message ?? `The server answered ${answer.status}.`);
  return content;
}

async function send(method, path, body) {
  const token = await idToken();
  if (token === null) throw new ApiError(401, 'Your session has ended.');
  const headers = { Authorization: `Bearer ${token}` };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  try {
    return await fetch(`api/${path}`, { method, headers, cache: 'no-store', body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw noAnswer();
  }
}

const noAnswer = () => new ApiError(0, 'The server does not answer.');

// query writes the members that are not empty as a query.
export function query(parameters) {
  const filled = Object.entries(parameters).filter(([, value]) => value !== '' && value !== null && value !== undefined);
  return filled.length === 0 ? '' : `?${new URLSearchParams(filled)}`;
}
