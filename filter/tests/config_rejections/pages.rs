//! `pages`.

use serde_json::{Value, json};
use vestibule::config::{PAGE_LABELS, PAGE_REASONS, load};

use super::{env, faults, refused, table, with};

/// The smallest file that begins as a PNG does.
const PNG: &str = "data:image/png;base64,iVBORw0KGgo=";

#[test]
fn names_and_colours() {
    let long = "n".repeat(61);
    for odd in ["", " ", " Acme", "Acme\n", "A\u{0}cme", "\u{1b}[31m", "a\u{85}b", &long] {
        table(&[("pages.name", json!(odd), "pages.name", "a text of one line and at most 60 characters")]);
    }
    for odd in
        ["", "red", "1662dd", "#16d", "#1662dg", "#1662dd0", "#1662dd}body{display:none", "#+662dd", "#é662d"]
    {
        table(&[("pages.accent", json!(odd), "pages.accent", "a colour such as")]);
    }
    table(&[
        ("pages", json!("Acme"), "pages", "a map with the keys name, logo, accent"),
        ("pages.nam", json!("Acme"), "pages.nam", "name, logo, accent, support, show_required or texts"),
        ("pages.name", json!(7), "pages.name", "a string"),
        ("pages.show_required", json!("yes"), "pages.show_required", "true or false"),
    ]);
    for name in ["Acme", "Ännchens <b>Laden</b> & \"Söhne\"", "会計", &"n".repeat(60)] {
        assert!(load(with("pages.name", json!(name)).to_string().as_bytes(), &env).is_ok(), "{name}");
    }
}

#[test]
fn logos() {
    let logo = |logo: &str| with("pages", json!({"name": "Acme", "logo": logo}));
    for odd in [
        "",
        "https://www.example.com/logo.png",
        "/logo.png",
        "javascript:alert(1)",
        "data:text/html;base64,PHNjcmlwdD4=",
        "data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=",
        "data:image/png,iVBORw0KGgo=",
        "data:image/png;charset=utf-8;base64,iVBORw0KGgo=",
        "DATA:image/png;base64,iVBORw0KGgo=",
        "data:image/png;base64,",
        "data:image/png;base64,iVBORw0KGgo",
        "data:image/png;base64,iVBORw0KGgo=\" onerror=\"alert(1)",
        "data:image/png;base64,iVBORw0K\nGgo=",
        // What it says and what it holds differ.
        "data:image/jpeg;base64,iVBORw0KGgo=",
        "data:image/png;base64,PHN2Zz48L3N2Zz4=",
    ] {
        let (key, line) = refused(logo(odd).to_string().as_bytes());
        assert_eq!(key, "pages.logo", "{odd}");
        assert!(line.contains("a picture as data:image/png;base64,…"), "{odd}: {line}");
    }
    let large = format!("data:image/png;base64,{}", "A".repeat(32_768));
    let (key, line) = refused(logo(&large).to_string().as_bytes());
    assert_eq!(key, "pages.logo");
    assert!(line.contains("32790 characters") && line.contains("at most 32768"), "{line}");
    let (_, line) = refused(with("pages.logo", json!(PNG)).to_string().as_bytes());
    assert!(line.contains("beside pages.name"), "{line}");
    for good in [PNG, "data:image/jpeg;base64,/9j/4A==", "data:image/webp;base64,UklGRg=="] {
        assert!(load(logo(good).to_string().as_bytes(), &env).is_ok(), "{good}");
    }
}

#[test]
fn support() {
    for odd in [
        "",
        "help@example.com",
        "http://help.example.com",
        "http://localhost/help",
        "HTTPS://help.example.com",
        "javascript:alert(1)",
        "data:text/html,x",
        "//help.example.com",
        "mailto:",
        "mailto:help",
        "mailto:help@",
        "mailto:@example.com",
        "mailto:a@b@c",
        "mailto:help@example.com\nx",
        "mailto:help@example.com?subject=a b",
        "mailto:help@example.com,other@example.com",
        "mailto:\"help\"@example.com",
    ] {
        let row = ("pages.support", json!({ "url": odd }), "pages.support.url", "an https: URL such as");
        table(&[row]);
    }
    table(&[
        ("pages.support", json!({}), "pages.support.url", "this key is required"),
        ("pages.support", json!({"url": "https://a b"}), "pages.support.url", "an absolute URL"),
        (
            "pages.support",
            json!({"url": "https://u:topsecret@x.example"}),
            "pages.support.url",
            "user information",
        ),
        (
            "pages.support",
            json!({"url": "https://help.example.com", "label": "a\nb"}),
            "pages.support.label",
            "a text of one line",
        ),
        (
            "pages.support",
            json!({"url": "https://help.example.com", "phone": "1"}),
            "pages.support.phone",
            "url or label",
        ),
    ]);
    for good in
        ["https://help.example.com/desk?for=acme", "mailto:help.desk+acme@example.com?subject=Acme%20access"]
    {
        let config = with("pages.support", json!({ "url": good }));
        assert!(load(config.to_string().as_bytes(), &env).is_ok(), "{good}");
    }
}

#[test]
fn texts() {
    let texts = |texts: Value| with("pages.texts", texts);
    for tag in
        ["", "f", "french", "fr_FR", "fr-", "-fr", "f1", "fr-toolongpart", "fr\"><script>", "*", "fr\n"]
    {
        let (key, line) = refused(texts(json!({tag: {}})).to_string().as_bytes());
        assert!(key.starts_with("pages.texts."), "{key}");
        assert!(line.contains("the tag of a language"), "{tag:?}: {line}");
    }
    let twice = texts(json!({"pt-BR": {}, "pt-br": {}}));
    let (key, line) = refused(twice.to_string().as_bytes());
    assert_eq!(key, "pages.texts.pt-br");
    assert!(line.contains("each language once"), "{line}");

    let (key, line) = refused(texts(json!({"fr": {"not_permited": {"title": "x"}}})).to_string().as_bytes());
    assert_eq!(key, "pages.texts.fr.not_permited");
    assert!(PAGE_REASONS.iter().all(|reason| line.contains(reason)) && line.contains("labels"), "{line}");
    let (key, line) =
        refused(texts(json!({"fr": {"labels": {"sign_in": "a", "sign_on": "b"}}})).to_string().as_bytes());
    assert_eq!(key, "pages.texts.fr.labels.sign_on");
    assert!(PAGE_LABELS.iter().all(|label| line.contains(label)), "{line}");
    // No page is shown for it.
    let (key, _) = refused(texts(json!({"fr": {"bearer_invalid": {"title": "x"}}})).to_string().as_bytes());
    assert_eq!(key, "pages.texts.fr.bearer_invalid");
    table(&[
        ("pages.texts", json!("fr"), "pages.texts", "a map"),
        ("pages.texts", json!({"fr": "x"}), "pages.texts.fr", "a map"),
        ("pages.texts", json!({"fr": {"closed": "x"}}), "pages.texts.fr.closed", "a map"),
        (
            "pages.texts",
            json!({"fr": {"closed": {"text": "x"}}}),
            "pages.texts.fr.closed.text",
            "title, what_happened or what_to_do",
        ),
        ("pages.texts", json!({"fr": {"closed": {"title": 1}}}), "pages.texts.fr.closed.title", "a string"),
        ("pages.texts", json!({"fr": {"closed": {"title": ""}}}), "pages.texts.fr.closed.title", "one line"),
        (
            "pages.texts",
            json!({"fr": {"closed": {"title": "x".repeat(401)}}}),
            "pages.texts.fr.closed.title",
            "at most 400 characters",
        ),
    ]);
    let several = faults(
        with(
            "pages",
            json!({"name": "", "accent": "x", "texts": {"fr": {"x": {}, "closed": {"y": "z", "title": "\n"}}}}),
        )
        .to_string()
        .as_bytes(),
    );
    let keys: Vec<_> = several.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "pages.name",
            "pages.accent",
            "pages.texts.fr.closed.title",
            "pages.texts.fr.closed.y",
            "pages.texts.fr.x"
        ]
    );
    let good =
        texts(json!({"fr": {"closed": {"title": "Fermé"}, "labels": {"code": "Code"}}, "zh-Hant-TW": {}}));
    assert!(load(good.to_string().as_bytes(), &env).is_ok());
}
