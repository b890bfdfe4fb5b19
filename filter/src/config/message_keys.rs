//! The names of the texts on pages, for `pages.texts`. The room `page` has the texts; a test there holds both together.

/// Codes of the reasons for which a person may see a page, in the order of the alphabet.
pub const PAGE_REASONS: &[&str] = &[
    "acr_not_reached",
    "authorization_ambiguous",
    "authorization_response_invalid",
    "authorization_response_issuer",
    "client_refused",
    "closed",
    "cookie_not_kept",
    "cross_site",
    "host_invalid",
    "host_not_covered",
    "host_not_loopback",
    "id_token_invalid",
    "internal",
    "login_hint_invalid",
    "login_issuer",
    "method_invalid",
    "method_not_allowed",
    "no_entropy",
    "not_permitted",
    "not_signed_in",
    "overloaded",
    "par_failed",
    "path_ambiguous",
    "path_invalid",
    "prompt_unknown",
    "provider_denied",
    "provider_error",
    "provider_not_ready",
    "session_too_large",
    "session_trimmed",
    "sign_in_page",
    "sign_in_too_old",
    "sign_in_unknown",
    "sign_out_page",
    "signed_in",
    "signed_out",
    "signed_out_here",
    "step_up_needed",
    "token_invalid",
    "token_refused",
    "token_unreachable",
    "userinfo_failed",
];

/// The parts of the text for one reason.
pub const PAGE_PARTS: &[&str] = &["title", "what_happened", "what_to_do"];

/// Beside the codes: what stands on links and before values.
pub const PAGE_LABELS_KEY: &str = "labels";

/// Its parts.
pub const PAGE_LABELS: &[&str] = &[
    "sign_in",
    "another_account",
    "continue",
    "sign_out",
    "try_again",
    "signed_in_as",
    "needed_groups",
    "code",
    "reference",
    "support",
];
