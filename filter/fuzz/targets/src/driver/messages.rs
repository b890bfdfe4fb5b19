//! Requests as a browser sends them, and what is read from edits and replies.

use vestibule::engine::HeaderEdit;
use vestibule::page::LocalReply;

/// A page, as a browser navigates to it.
pub(super) fn page_headers(host: &str, path: &str, cookies: Option<&str>) -> Vec<(String, Vec<u8>)> {
    let mut headers = vec![
        (":method", "GET"),
        (":path", path),
        (":authority", host),
        (":scheme", "http"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
    ];
    headers.extend(cookies.map(|cookies| ("cookie", cookies)));
    headers.into_iter().map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect()
}

/// Of whom the application is told.
pub(super) fn told(edits: &[HeaderEdit]) -> Option<String> {
    edits.iter().find_map(|edit| match edit {
        HeaderEdit::Add(name, value) if **name == *"x-auth-request-user" => {
            Some(String::from_utf8_lossy(value).into_owned())
        }
        _ => None,
    })
}

/// The cookies that a response sets.
pub(super) fn set_cookies(edits: &[HeaderEdit]) -> Vec<String> {
    let cookie = |edit: &HeaderEdit| match edit {
        HeaderEdit::Add(_, cookie) => Some(String::from_utf8_lossy(cookie).into_owned()),
        HeaderEdit::Set(..) | HeaderEdit::Remove(_) => None,
    };
    edits.iter().filter_map(cookie).collect()
}

/// The cookies that a reply sets.
pub(super) fn cookies_of(reply: &LocalReply) -> Vec<String> {
    let cookies = reply.headers.iter().filter(|(name, _)| *name == "set-cookie");
    cookies.map(|(_, value)| value.clone()).collect()
}
