//! The pages of the filter, for everybody who reads them: no barrier that axe-core finds, in light and dark, on a desk and a
//! phone, in both languages; and a picture of each in `e2e/screenshots`.

mod album;
mod every_page;
mod in_envoy;

use serde_json::{Value, json};

/// Pages as an operator would have them.
fn branded() -> Value {
    json!({
        "name": "Acme Expenses",
        "logo": album::logo(),
        "accent": "#0b6e4f",
        "support": {"url": "mailto:help@acme.example?subject=Expenses"},
        "show_required": true,
        "texts": {
            "fr": {"not_permitted": {"title": "Accès refusé"}, "labels": {"sign_out": "Se déconnecter"}},
            "ar": {"not_permitted": {"title": "لا يوجد وصول"}, "labels": {"sign_out": "تسجيل الخروج"}},
        },
    })
}
