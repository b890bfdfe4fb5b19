// A second OpenID Provider for the end-to-end tests: panva's certified oidc-provider, with people, pages and clients.
//
//   node server.mjs '{"port": 0, ...}'
//
// Options, all of them optional:
//   port                   on 127.0.0.1; 0, the default, is any free one. The issuer is http://localhost:<port>.
//   access_token_lifetime  in seconds, 3600
//   require_par            whether authorization requests must be pushed (RFC 9126), false
//   response_iss           the `iss` of authorization responses (RFC 9207): "right", "wrong" or "missing"
//
// It writes one JSON object a line: {"event": "ready", "port"} when it serves, then {"event": "request", ...} for
// each answer. It reads one JSON object a line, and answers each with {"event": "done"}:
//   {"clients": [metadata]}                   registers clients, or changes them
//   {"people": {"bob": {"groups": []}}}       changes claims
//   {"forget_tokens": true}                   ends every token
// It ends when its input does.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import { Provider } from 'oidc-provider';

import { Adapter, clients, forgetTokens } from './adapter.mjs';
import * as pages from './pages.mjs';

const options = {
  port: 0,
  access_token_lifetime: 3600,
  require_par: false,
  response_iss: 'right',
  ...JSON.parse(process.argv[2] ?? '{}'),
};

const people = {
  alice: {
    name: 'Alice Example',
    preferred_username: 'alice',
    email: 'alice@example.com',
    email_verified: true,
    groups: ['everyone', 'finance'],
  },
  bob: {
    name: 'Bob Example',
    preferred_username: 'bob',
    email: 'bob@example.com',
    email_verified: true,
    groups: ['everyone'],
  },
};

const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

const signingKey = (kid, kind, parameters) => ({
  ...generateKeyPairSync(kind, parameters).privateKey.export({ format: 'jwk' }),
  kid,
  use: 'sig',
});

const configuration = {
  adapter: Adapter,
  // With an access token the ID token says who it is and no more: everything else is at the userinfo endpoint.
  conformIdTokenClaims: true,
  claims: {
    openid: ['sub'],
    profile: ['name', 'preferred_username'],
    email: ['email', 'email_verified'],
    groups: ['groups'],
  },
  scopes: ['openid', 'offline_access'],
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
  enabledJWA: {
    idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'],
  },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  features: {
    devInteractions: { enabled: false },
    pushedAuthorizationRequests: {
      enabled: true,
      requirePushedAuthorizationRequests: options.require_par,
    },
    revocation: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = pages.signOut(form);
      },
    },
  },
  findAccount: (ctx, sub) => people[sub] && { accountId: sub, claims: () => ({ sub, ...people[sub] }) },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  jwks: {
    keys: [
      signingKey('rsa', 'rsa', { modulusLength: 2048 }),
      signingKey('p256', 'ec', { namedCurve: 'P-256' }),
      signingKey('ed25519', 'ed25519'),
    ],
  },
  pkce: { required: () => true },
  renderError: (ctx, out) => {
    ctx.type = 'html';
    ctx.body = pages.failed(out);
  },
  // A refresh token is good for one refresh, and one that comes again ends the grant.
  rotateRefreshToken: true,
  ttl: {
    AccessToken: options.access_token_lifetime,
    AuthorizationCode: 60,
    Grant: 86400,
    IdToken: 3600,
    Interaction: 600,
    RefreshToken: 86400,
    Session: 86400,
  },
};

/** One line for each answer; of secrets and tokens it names the parameters only. */
async function report(ctx, next) {
  await next();
  const { params, client } = ctx.oidc ?? {};
  say({
    event: 'request',
    method: ctx.method,
    path: ctx.path,
    status: ctx.status,
    query: Object.keys(ctx.query),
    parameters: Object.keys(params ?? {}).filter((name) => params[name] !== undefined),
    grant_type: params?.grant_type,
    client_auth: client?.clientAuthMethod,
    error: ctx.body?.error,
    error_description: ctx.body?.error_description,
  });
}

/** Spoils what RFC 9207 promises, where the options ask for it. */
async function spoil(ctx, next) {
  await next();
  const location = URL.canParse(ctx.response.get('location')) && new URL(ctx.response.get('location'));
  if (options.response_iss === 'right' || !location || !location.searchParams.has('iss')) {
    return;
  }
  if (options.response_iss === 'missing') {
    location.searchParams.delete('iss');
  } else {
    location.searchParams.set('iss', 'https://another.example');
  }
  ctx.set('location', location.href);
}

const interactions = (provider) => async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) {
    return next();
  }
  const details = await provider.interactionDetails(ctx.req, ctx.res);
  const { prompt, params } = details;
  if (ctx.method === 'GET') {
    ctx.type = 'html';
    ctx.body = prompt.name === 'login' ? pages.signIn(Object.keys(people)) : pages.consent(params.client_id, params.scope.split(' '));
    return undefined;
  }
  const form = await body(ctx.req);
  const result = prompt.name === 'login' ? { login: { accountId: form.get('person') } } : await decision(provider, details, form);
  const onward = await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: true });
  ctx.status = 303;
  ctx.redirect(onward);
  return undefined;
};

async function decision(provider, { params, session, grantId }, form) {
  if (form.get('consent') !== 'yes') {
    return { error: 'access_denied', error_description: 'the person said no' };
  }
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return { consent: { grantId: await grant.save() } };
}

async function body(request) {
  let text = '';
  for await (const piece of request) {
    text += piece;
  }
  return new URLSearchParams(text);
}

function change({ clients: registered = [], people: changed = {}, forget_tokens: forget = false }) {
  for (const metadata of registered) {
    clients.set(metadata.client_id, metadata);
  }
  for (const [nick, claims] of Object.entries(changed)) {
    Object.assign(people[nick], claims);
  }
  if (forget) {
    forgetTokens();
  }
  say({ event: 'done' });
}

// The issuer holds the port, so that comes first.
const server = createServer();
server.listen(options.port, '127.0.0.1', () => {
  const { port } = server.address();
  const provider = new Provider(`http://localhost:${port}`, configuration);
  provider.use(report);
  provider.use(spoil);
  provider.use(interactions(provider));
  provider.on('server_error', (ctx, error) => console.error(error));
  server.on('request', provider.callback());
  say({ event: 'ready', port });
});

createInterface({ input: process.stdin })
  .on('line', (line) => change(JSON.parse(line)))
  .on('close', () => process.exit());
