//! Where a claim is: at the top, or inside another one.

use serde_json::Value;

use super::Claims;

/// The claim that `name` names: the one that is called so; else, where it begins with `/`, the value to which
/// it points (RFC 6901).
#[must_use]
pub fn lookup<'c>(claims: &'c Claims, name: &str) -> Option<&'c Value> {
    claims.get(name).or_else(|| {
        let pointer = name.strip_prefix('/')?;
        let end = pointer.find('/').unwrap_or(pointer.len());
        let (first, rest) = pointer.split_at_checked(end)?;
        // §4: in this order, so that `~01` is `~1`.
        claims.get(&first.replace("~1", "/").replace("~0", "~"))?.pointer(rest)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_is_found_by_its_name_or_by_a_pointer() {
        let claims = json!({
            "sub": "00u1",
            "https://example.com/roles": ["a"],
            "/odd": "literal",
            "odd": "nested",
            "realm_access": {"roles": ["b", {"c": "d"}], "a/b": {"m~n": 1, "": 2}},
            "": "nameless",
        });
        let claims = claims.as_object().unwrap();
        for (name, found) in [
            ("sub", Some(json!("00u1"))),
            ("/sub", Some(json!("00u1"))),
            ("https://example.com/roles", Some(json!(["a"]))),
            ("/odd", Some(json!("literal"))),
            ("/realm_access/roles/0", Some(json!("b"))),
            ("/realm_access/roles/1/c", Some(json!("d"))),
            ("/realm_access/a~1b/m~0n", Some(json!(1))),
            ("/realm_access/a~1b/", Some(json!(2))),
            ("/", Some(json!("nameless"))),
            ("", Some(json!("nameless"))),
            ("realm_access/roles", None),
            ("realm_access.roles", None),
            ("/realm_access/roles/01", None),
            ("/realm_access/roles/-", None),
            ("/realm_access/roles/2", None),
            ("/sub/0", None),
            ("/nobody", None),
            ("//sub", None),
        ] {
            assert_eq!(lookup(claims, name), found.as_ref(), "{name}");
        }
    }
}
