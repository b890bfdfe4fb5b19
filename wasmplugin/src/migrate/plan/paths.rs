//! `paths`: the filter's own, and where a browser may be sent.

use super::Draft;
use crate::migrate::setting::is_placeholder;
use crate::migrate::tree::Map;

pub(super) fn paths(draft: &mut Draft<'_>) -> Map {
    let mut map = Map::default();
    let prefix = prefix(draft, &mut map);
    redirect_uri(draft, &prefix, &mut map);
    redirect_domains(draft, &mut map);
    sign_out(draft, &prefix, &mut map);
    for (option, key) in [("ping-path", "ping"), ("ready-path", "ready")] {
        if let Some(setting) = draft.options.get(option).filter(|_| draft.options.text(option).is_some()) {
            draft.report.changed(
                setting,
                format!(
                    "it was asked of oauth2-proxy itself, which is gone: look at the proxy's own readiness; or set \
                     paths.{key}, which answers on the application's hosts"
                ),
            );
        }
    }
    map
}

/// Without a URL to call, oauth2-proxy ended its own session only, and whoever pressed "sign out" may never have come to the
/// provider's: its page would refuse an address that nobody has registered.
fn sign_out(draft: &mut Draft<'_>, prefix: &str, map: &mut Map) {
    if let Some(setting) = draft.options.get("backend-logout-url") {
        draft.report.changed(
            setting,
            "oauth2-proxy called it; now the browser itself goes to the provider's end_session_endpoint, and comes back",
        );
        draft.report.todo.push(format!(
            "Register https://<each host>{prefix}/signed_out with the provider as a sign-out redirect URI"
        ));
        return;
    }
    let comment = format!(
        "as oauth2-proxy: the provider's own session goes on. To end it too, register https://<each host>{prefix}/signed_out \
         there and remove this line"
    );
    map.set("sign_out", "local", Some(comment));
}

fn prefix(draft: &mut Draft<'_>, map: &mut Map) -> String {
    match draft.carry("proxy-prefix", "paths.prefix") {
        Some((prefix, comment)) if prefix != "/oauth2" => {
            let prefix = format!("/{}", prefix.trim_matches('/'));
            map.set("prefix", prefix.clone(), comment);
            prefix
        }
        _ => "/oauth2".to_owned(),
    }
}

fn redirect_uri(draft: &mut Draft<'_>, prefix: &str, map: &mut Map) {
    let Some(setting) = draft.options.get("redirect-url") else {
        draft.report.todo.push(format!(
            "Change nothing in the provider: the redirect URI stays https://<each host>{prefix}/callback"
        ));
        return;
    };
    let Some(url) = draft.options.text("redirect-url").map(str::to_owned) else { return };
    let callback = format!("{prefix}/callback");
    let path_fits = url.ends_with(&callback);
    if is_placeholder(&url) && path_fits {
        let comment = draft.note(setting, "paths.redirect_uri", &url);
        map.set("redirect_uri", url, Some(comment));
        return;
    }
    let own = format!(
        "left out: each host has its own, https://<host>{callback}, which must be registered with the provider"
    );
    match url.strip_prefix("https://") {
        None if url.starts_with("http://") => {
            draft
                .report
                .changed(setting, format!("{url} is no https URL, and browsers must come by https: {own}"));
            draft.report.todo.push(format!("Register https://<each host>{callback} with the provider"));
        }
        None => draft.report.changed(setting, format!("{url} has no host: {own}")),
        Some(_) if !path_fits => {
            draft.report.changed(
                setting,
                format!(
                    "{url} does not end in {callback}, so the filter would not see who comes back: {own}"
                ),
            );
            draft.report.todo.push(format!("Register https://<each host>{callback} with the provider"));
        }
        Some(_) => {
            let comment = draft.note(setting, "paths.redirect_uri", &url);
            map.set("redirect_uri", url.clone(), Some(comment));
            draft.report.todo.push(format!("Change nothing in the provider: the redirect URI stays {url}"));
        }
    }
}

fn redirect_domains(draft: &mut Draft<'_>, map: &mut Map) {
    let Some(setting) = draft.options.get("whitelist-domain") else { return };
    let (anything, domains): (Vec<_>, Vec<_>) = draft
        .options
        .list("whitelist-domain")
        .into_iter()
        .partition(|domain| domain == "*" || domain == "*:*");
    if !anything.is_empty() {
        draft.report.changed(setting, "\"*\" allowed no host at all in oauth2-proxy: name the domains where rd may lead, in paths.allowed_redirect_domains");
    }
    if !domains.is_empty() {
        let comment = draft.note(setting, "paths.allowed_redirect_domains", &domains.join(", "));
        map.set("allowed_redirect_domains", domains, Some(comment));
    }
}

/// The host of a `redirect-url` that is carried over.
pub(super) fn redirect_host(draft: &Draft<'_>) -> Option<String> {
    let url = draft.options.text("redirect-url")?;
    let prefix = draft.options.text("proxy-prefix").unwrap_or("/oauth2");
    url.ends_with(&format!("{}/callback", prefix.trim_end_matches('/'))).then_some(())?;
    let host = super::provider::endpoint(url)?.host;
    (!host.is_empty()).then_some(host)
}
