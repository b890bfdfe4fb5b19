// Where the provider keeps what it issues: in this process, and gone with it.

// The models that end with the grant they came from.
const GRANTED = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken']);

const now = () => Math.floor(Date.now() / 1000);

/** Clients as they are registered: their metadata by client_id. */
export const clients = new Map();

const kept = new Map();

/** Ends every token, as an administrator would. */
export function forgetTokens() {
  for (const key of kept.keys()) {
    if (GRANTED.has(key.split(' ')[0])) {
      kept.delete(key);
    }
  }
}

export class Adapter {
  constructor(model) {
    this.model = model;
  }

  async find(id) {
    if (this.model === 'Client') {
      return clients.get(id);
    }
    const found = kept.get(`${this.model} ${id}`);
    return found && found.until > now() ? found.payload : undefined;
  }

  async findByUid(uid) {
    return this.#all().find((payload) => payload.uid === uid);
  }

  async findByUserCode(userCode) {
    return this.#all().find((payload) => payload.userCode === userCode);
  }

  async upsert(id, payload, expiresIn) {
    kept.set(`${this.model} ${id}`, { payload, until: expiresIn ? now() + expiresIn : Infinity });
  }

  async consume(id) {
    (await this.find(id)).consumed = now();
  }

  async destroy(id) {
    kept.delete(`${this.model} ${id}`);
  }

  async revokeByGrantId(grantId) {
    for (const [key, { payload }] of kept) {
      if (payload.grantId === grantId && GRANTED.has(key.split(' ')[0])) {
        kept.delete(key);
      }
    }
  }

  #all() {
    return [...kept]
      .filter(([key, { until }]) => key.startsWith(`${this.model} `) && until > now())
      .map(([, { payload }]) => payload);
  }
}
