//! The application's pages: who is signed in, and which headers say so.

use super::Seen;
use crate::html::escape;

/// From the width of a phone on, in light and dark.
const STYLE: &str = "\
    :root{color-scheme:light dark;--ground:#f6f5f1;--text:#23221e;--quiet:#55524a;--card:#fff;--head:#faf9f6;\
    --line:#dcd9d0;--bar:#1f3d36;--on-bar:#fff;--link:#cfe8df}\
    @media(prefers-color-scheme:dark){:root{--ground:#161816;--text:#e8e6df;--quiet:#b3b0a6;--card:#1f2220;\
    --head:#262a27;--line:#3b403c;--bar:#173029}}\
    *{box-sizing:border-box}\
    body{font:16px/1.55 system-ui,sans-serif;margin:0;background:var(--ground);color:var(--text)}\
    header{background:var(--bar);color:var(--on-bar);padding:.6rem 1rem;display:flex;gap:0 1.2rem;\
    align-items:center;flex-wrap:wrap}\
    header strong{font-size:1.1rem}header a{color:var(--link);text-decoration:none;padding:.6rem 0}\
    header a:hover,header a:focus-visible{text-decoration:underline}\
    header .who{margin-left:auto;display:flex;gap:0 1rem;align-items:center;flex-wrap:wrap;overflow-wrap:anywhere}\
    #sign-out{border:1px solid var(--link);border-radius:.4rem;padding:.35rem .8rem}\
    main{max-width:60rem;margin:1.5rem auto;padding:0 1rem}\
    h1{font-size:1.5rem;margin:0 0 .4rem}h2{font-size:1.15rem}p{overflow-wrap:anywhere}\
    table{border-collapse:collapse;width:100%;background:var(--card);margin:1rem 0}\
    th,td{text-align:left;vertical-align:top;padding:.5rem .8rem;border:1px solid var(--line)}\
    th{font-weight:600;background:var(--head);overflow-wrap:anywhere}td{overflow-wrap:anywhere}\
    code{font:.9em ui-monospace,monospace}summary{cursor:pointer;color:var(--quiet);padding:.6rem 0}\
    @media(max-width:36rem){header .who{margin-left:0;width:100%;justify-content:space-between}\
    tr,th,td{display:block}tr{border:1px solid var(--line)}th,td{border:0}}";

/// How much of a token is shown.
const SHOWN: usize = 12;

pub(crate) fn render(request: &Seen, path: &str, query: Option<&str>) -> String {
    let value = |name| request.header(name).next().map(|value| escape(&String::from_utf8_lossy(value)));
    let who = value("x-auth-request-email")
        .or_else(|| value("x-auth-request-preferred-username"))
        .or_else(|| value("x-auth-request-user"));
    let (who, sign_out) = match who {
        Some(who) => (
            format!("<span>Signed in as <span id=\"user\">{who}</span></span>"),
            "<a id=\"sign-out\" href=\"/oauth2/sign_out\">Sign out</a>",
        ),
        None => ("<span id=\"nobody\">Nobody is signed in</span>".into(), ""),
    };
    let (identity, others): (Vec<_>, Vec<_>) =
        request.headers.iter().partition(|(name, _)| is_identity(name));
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><link rel=\"icon\" href=\"data:,\">\
         <title>{title}</title><style>{STYLE}</style></head><body>\
         <header><strong>The application</strong><a id=\"home\" href=\"/\">Home</a>\
         <a id=\"finance\" href=\"/finance/ledger\">Finance</a><a id=\"me\" href=\"/api/me\">/api/me</a>\
         <a id=\"healthz\" href=\"/healthz\">/healthz</a><span class=\"who\">{who}{sign_out}</span></header>\
         <main><h1>{title}</h1><p>You asked for <code id=\"path\">{path}</code>{query}.</p>\
         <h2>Who you are, as the filter says</h2>{identity}\
         <details><summary>All other headers that arrived</summary>{others}</details></main></body></html>",
        title = if path.starts_with("/finance") { "Finance only" } else { "Welcome" },
        path = escape(path),
        query = query.map_or_else(String::new, |q| format!(" with <code id=\"query\">{}</code>", escape(q))),
        identity = table("identity", &identity),
        others = table("others", &others),
    )
}

fn is_identity(name: &str) -> bool {
    name.starts_with("x-auth-request-") || name == "authorization" || name == "x-department"
}

fn table(id: &str, headers: &[&(String, Vec<u8>)]) -> String {
    if headers.is_empty() {
        return format!("<p id=\"{id}\">No such header arrived.</p>");
    }
    let rows: String = headers
        .iter()
        .map(|(name, value)| {
            let value = shortened(name, &String::from_utf8_lossy(value));
            format!("<tr><th><code>{}</code></th><td>{}</td></tr>", escape(name), escape(&value))
        })
        .collect();
    format!("<table id=\"{id}\">{rows}</table>")
}

/// Tokens and cookies are not for the screen.
fn shortened(name: &str, value: &str) -> String {
    let secret = ["authorization", "cookie", "x-auth-request-access-token"].contains(&name);
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) if secret => format!("{}… ({} bytes)", &value[..end], value.len()),
        _ => value.into(),
    }
}
