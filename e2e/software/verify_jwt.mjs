// Verifies the filter's signed header with jose: the arguments are token, issuer and audience, the JWK set comes on standard
// input. Prints the claims, or the name of what is wrong.

import { createLocalJWKSet, jwtVerify } from 'jose';
import { readFileSync } from 'node:fs';

const whoIsIt = async (token, keys, issuer, audience) => {
  const options = { algorithms: ['ES256'], issuer, audience, requiredClaims: ['exp', 'sub'] };
  return (await jwtVerify(token, createLocalJWKSet(keys), options)).payload;
};

const [token, issuer, audience] = process.argv.slice(2);
try {
  console.log(JSON.stringify(await whoIsIt(token, JSON.parse(readFileSync(0)), issuer, audience)));
} catch (error) {
  console.log(JSON.stringify(error.code ?? error.name));
}
