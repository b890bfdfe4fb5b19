"""Verifies the filter's signed header with PyJWT: the arguments are token, issuer and audience, the JWK set comes on
standard input. Prints the claims, or the name of what is wrong."""

import json
import sys

import jwt


def who_is_it(token, keys, issuer, audience):
    key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(
        token,
        key,
        algorithms=["ES256"],
        issuer=issuer,
        audience=audience,
        options={"require": ["exp", "iss", "aud", "sub"]},
    )


token, issuer, audience = sys.argv[1:]
try:
    print(json.dumps(who_is_it(token, json.load(sys.stdin), issuer, audience)))
except (jwt.PyJWTError, KeyError) as error:
    print(json.dumps(type(error).__name__))
