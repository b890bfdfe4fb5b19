//! Writes the hand-made seeds of the corpora: `cargo run -p vestibule-fuzz-targets --example write_seeds`.
//! What the fuzzer itself found lies beside them under the names that libFuzzer gives.

mod driver;
mod engine;

use std::fs;
use std::path::PathBuf;

const ISSUER: &str = "https://op.example/oauth2/default";

fn main() {
    let corpora = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../corpus");
    let all: [(&str, Vec<Vec<u8>>); 11] = [
        ("cookie_header", cookie_header()),
        ("sealed_cookie", sealed_cookie()),
        ("pending_login", pending_login()),
        ("jwk_set", jwk_set()),
        ("id_token", id_token()),
        ("token_response", token_response()),
        ("metadata", metadata()),
        ("redirect_target", redirect_target()),
        ("access_path", access_path()),
        ("engine", engine::seeds()),
        ("driver", driver::seeds()),
    ];
    for (name, seeds) in all {
        let folder = corpora.join(name);
        fs::create_dir_all(&folder).expect("the folder can be made");
        for (number, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:02}")), seed).expect("the seed can be written");
        }
    }
}

fn texts(first: &[u8], texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| [first, text.as_bytes()].concat()).collect()
}

fn cookie_header() -> Vec<Vec<u8>> {
    let mut seeds = texts(
        &[2],
        &[
            "",
            "a=b; c=d",
            "__Host-vestibule=1AAAAxyz; a=b",
            "__Host-vestibule=2AAAAx; __Host-vestibule_1=2AAAAy; __Host-vestibule_2=2AAAAz",
            "__Host-vestibule=9AAAAx\n__Host-vestibule_1=2BBBBx\na=b",
            "vestibule_t=1AAAAx; vestibule_t_b_qqqq=y; vestibule_b_qqqq=y; vestibule_d_qqqqqqqq; __Secure-vestibule_t_1=x; vestibules=mine",
            ";;;=; =v; v=; a",
            "n=1; n=2; n=3; n=4; __Host-vestibule=x; __Host-vestibule=x; __Host-vestibule=x; __Host-vestibule=x",
        ],
    );
    seeds.push([&[255], "a=b; ".repeat(100).as_bytes()].concat());
    seeds
}

fn sealed_cookie() -> Vec<Vec<u8>> {
    // CBOR of a session of one person, and of its tokens: the shapes from which the fuzzer goes on.
    let person = b"\x88\x6400u1\xf6\x6fa@b.example.com\xf5\xf6\x82\x65staff\x63a,b\xf5\x80".to_vec();
    let session = [
        b"\x85\x50".as_slice(),
        &[7; 16],
        b"\x1a\x6b\x49\xd2\x00\x1a\x6b\x4a\x42\x80\x1a\x6b\x49\xd2\x00",
        &person,
    ]
    .concat();
    let tokens =
        [b"\x84\x50".as_slice(), &[7; 16], b"\x82\x00\x81\x61i\x82\x00\x81\x61a\x1a\x6b\x4a\x42\x80"]
            .concat();
    let jwt = [b"\x84\x50".as_slice(), &[7; 16], b"\x82\x01\x83\x41a\x41b\x41c\xf6\xf6"].concat();
    let mut seeds = Vec::new();
    for plain in [b"".to_vec(), b"who".to_vec(), session, tokens, jwt, vec![b'A'; 300]] {
        for head in [[0, 0, 1], [1, 128, 1], [2, 255, 32], [3, 30, 255]] {
            seeds.push([head.as_slice(), &plain].concat());
        }
    }
    seeds
}

fn pending_login() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (head, url, header) in [
        ([0, 0, 0], "/", ""),
        ([0, 200, 7], "/deep/link?with=query", "a=b; __Host-vestibule_b_oldo=rubbish"),
        ([111, 10, 5], "/x", "__Host-vestibule_b_AAAA=AQAA; __Host-vestibule_d_AAAAAAAA=AQAA"),
        ([112, 10, 5], "/x", "\u{ff}=v; ;;"),
        ([113, 100, 1], "https://a.corp.example/x?y", "AAAAAAAA.AAAAAAAA"),
    ] {
        let length = u8::try_from(url.len().div_ceil(8)).expect("it is short");
        let padded = format!("{url:<width$}", width = usize::from(length) * 8);
        seeds.push([head.as_slice(), &[length], padded.as_bytes(), header.as_bytes()].concat());
    }
    let long = format!("/{}?{}", "p".repeat(700), "q".repeat(1339));
    seeds.push([[0, 0, 3].as_slice(), &[255], long.as_bytes()].concat());
    // CBOR of what is in the cookie.
    let plain = [
        b"\x86\x46".as_slice(),
        &[1; 6],
        b"\x58\x18",
        &[2; 24],
        b"\x58\x18",
        &[3; 24],
        b"\x58\x20",
        &[4; 32],
        b"\x1a\x6b\x49\xd2\x00\x61/",
    ]
    .concat();
    seeds.push([[0, 0, 0].as_slice(), &[0], &plain].concat());
    seeds
}

fn jwk_set() -> Vec<Vec<u8>> {
    let rsa = format!(
        r#"{{"kty":"RSA","kid":"r","alg":"RS256","use":"sig","e":"AQAB","n":"{}"}}"#,
        "v".repeat(342)
    );
    let sets = [
        r#"{"keys":[]}"#.to_owned(),
        r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"0","x":"AAAA","y":"AAAA"}]}"#.to_owned(),
        r#"{"keys":[{"kty":"EC","crv":"P-384","kid":"1"},{"kty":"OKP","crv":"Ed25519","kid":"2","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#.to_owned(),
        r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"a","use":"sig","key_ops":["verify"],"x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#.to_owned(),
        format!(r#"{{"keys":[{rsa}]}}"#),
        format!(r#"{{"keys":[{rsa},{rsa},{{"kty":"oct","k":"AAAA"}},null,1,[]]}}"#),
        r#"{"keys":{}}"#.to_owned(),
        r#"[]"#.to_owned(),
        r#"{"keys":[{"kty":"RSA","e":"AQ","n":"AQ"},{"kty":"EC","use":"enc"},{"alg":"none"}]}"#.to_owned(),
    ];
    sets.into_iter().map(String::into_bytes).collect()
}

fn id_token() -> Vec<Vec<u8>> {
    let claims = format!(
        r#"{{"iss":"{ISSUER}","aud":"app","exp":1800003600,"iat":1800000000,"nonce":"the-nonce","sub":"00u1"}}"#
    );
    let with_header = format!("{{\"alg\":\"ES256\",\"kid\":\"0\",\"typ\":\"JWT\"}}\n{claims}");
    let no_kid = format!("{{\"alg\":\"ES256\"}}\n{claims}");
    let none = format!("{{\"alg\":\"none\"}}\n{claims}");
    let mut seeds = texts(&[0], &["", "a.b.c", "e30.e30.e30", "eyJhbGciOiJub25lIn0.e30."]);
    for way in [1, 2] {
        seeds.extend(texts(&[way], &[&claims, &with_header, &no_kid, &none, "{}\n{}"]));
    }
    // Changes by name and value.
    seeds.extend((0_u8..14).map(|name| vec![3, name, name.wrapping_mul(7), (name + 3) % 14, 34]));
    seeds.extend((0..8).map(|value| vec![3, 1, 3 + value, 6, 2, 8, 30]));
    seeds
}

fn token_response() -> Vec<Vec<u8>> {
    let mut seeds = texts(
        &[0, 0],
        &[
            r#"{"id_token":"a.b.c","access_token":"t","token_type":"Bearer","expires_in":3600}"#,
            r#"{"id_token":"a.b.c","access_token":"t","token_type":"bearer","expires_in":-1,"scope":"openid"}"#,
            r#"{"id_token":"a","access_token":"","token_type":"Bearer"}"#,
            r#"{"id_token":1,"access_token":{},"token_type":null}"#,
            r#"{"id_token":"a","access_token":"t","token_type":"Bearer","expires_in":18446744073709551615}"#,
            r#"{"id_token":"a","access_token":"t","token_type":"Bearer","refresh_token":"r","expires_in":1e400}"#,
            "[[[[[[[[",
        ],
    );
    seeds.extend(texts(
        &[1, 144],
        &[r#"{"error":"invalid_grant","error_description":"x"}"#, r#"{"error":"a\nb"}"#],
    ));
    seeds.extend(texts(&[1, 173], &[r#"{"errorCode":"E0000047","errorSummary":"x"}"#, r#"{"error":1}"#]));
    seeds.extend(texts(&[1, 247], &["upstream connect error", ""]));
    seeds
}

fn metadata() -> Vec<Vec<u8>> {
    let whole = format!(
        r#"{{"issuer":"{ISSUER}","authorization_endpoint":"{ISSUER}/v1/authorize","token_endpoint":"{ISSUER}/v1/token","jwks_uri":"{ISSUER}/v1/keys"}}"#
    );
    let mut seeds = texts(&[], &[&whole, "{}", "[]", ""]);
    for (name, value) in [
        ("authorization_endpoint", "https://op.example/a?b=c"),
        ("authorization_endpoint", "http://localhost:8080/a"),
        ("token_endpoint", "http://op.example/t"),
        ("jwks_uri", "https://user@op.example/k"),
        ("jwks_uri", "https:///k"),
        ("userinfo_endpoint", "https://op.example\\\\evil.example/"),
        ("end_session_endpoint", "https://[::1]:8443/o#f"),
        ("end_session_endpoint", "HTTPS://Op.Example:443"),
        ("issuer", "https://op.example/oauth2/default/"),
    ] {
        seeds.push(format!(r#"{{"{name}":"{value}"}}"#).into_bytes());
    }
    seeds.push(br#"{"token_endpoint_auth_methods_supported":["client_secret_post",1],"authorization_response_iss_parameter_supported":true}"#.to_vec());
    seeds
}

fn redirect_target() -> Vec<Vec<u8>> {
    let targets = [
        "/",
        "/x?y=z#f",
        "//evil.example",
        "/\\evil.example",
        "/%2Fevil.example",
        "/..//evil.example",
        "/./x",
        "https://app.example.com/x",
        "https://portal.example.net/",
        "https://port.example.net:8443/x",
        "https://any.example.net:1/",
        "https://a.corp.example/",
        "https://evilcorp.example/",
        "https:evil.example",
        "https://app.example.com@evil.example/",
        "https://[::1]:8443/x",
        "http://localhost:8080/x",
        "javascript:1",
        "/\u{fc}?\u{fc}",
        "https://corp.example\u{3002}evil.example/",
        "/x/%2e%2e/%2f/y",
    ];
    let mut seeds = texts(&[0], &targets);
    seeds.extend(texts(&[1], &targets[..4]));
    seeds.extend(texts(&[2], &targets[12..16]));
    seeds
}

fn access_path() -> Vec<Vec<u8>> {
    texts(
        &[],
        &[
            "/",
            "/healthz",
            "/open/x?y",
            "/admin",
            "/admin/x",
            "//admin/x",
            "/open/../admin",
            "/%61dmin/x",
            "/x/%2e%2e/admin",
            "/open%2f..%2fadmin",
            "/open/..;/admin",
            "/open\\..\\admin",
            "/admin;x=y/z",
            "/%2561dmin",
            "/open/%00/../admin",
            "/open/%c0%af../admin",
            "/a$b",
            "/a%24b",
            "*",
            "/x#y",
            "/%",
            "/%zz",
            "/open//../admin",
            "/\u{fc}/%C3%BC",
        ],
    )
}
