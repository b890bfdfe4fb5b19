//! `pages`: texts that are plain, a picture that is one, a colour, and a link that leads to help.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::values::{Result, entry_key, optional, or_default, url};
use crate::config::error::{ConfigError, one_of};
use crate::config::faults::{Faults, Part, Reported};
use crate::config::grammar::is_plain;
use crate::config::message_keys::{PAGE_LABELS, PAGE_LABELS_KEY, PAGE_PARTS, PAGE_REASONS};
use crate::config::raw;
use crate::config::types::{Colour, LanguageTexts, PageText, Pages, Support};

/// Characters of a name, and of what is read on a link.
const LONGEST_NAME: usize = 60;
/// Characters of any other text.
const LONGEST_TEXT: usize = 400;
/// It is sent with each page. Bytes of the URL.
const LARGEST_LOGO: usize = 32_768;
/// More is no address of anybody. Bytes.
const LONGEST_ADDRESS: usize = 320;

/// Each with the bytes with which such a file begins.
const PICTURES: [(&str, &[u8]); 3] = [
    ("data:image/png;base64,", b"\x89PNG\r\n\x1a\n"),
    ("data:image/jpeg;base64,", b"\xff\xd8\xff"),
    ("data:image/webp;base64,", b"RIFF"),
];

#[inline(never)]
pub(super) fn pages(raw: raw::Pages, faults: &Faults) -> Part<Pages> {
    let has_name = raw.name.is_some();
    let name = optional(raw.name, |text| faults.check(plain("pages.name", text, LONGEST_NAME)));
    let logo = optional(raw.logo, |text| faults.check(logo(text, has_name)));
    let accent = optional(raw.accent, |text| faults.check(colour(&text)));
    let support = optional(raw.support, |raw| support(raw, faults));
    let show_required = or_default(raw.show_required);
    let texts = or_default(raw.texts).and_then(|raw| texts(raw, faults));
    Ok(Pages {
        name: name?,
        logo: logo?,
        accent: accent?.unwrap_or_default(),
        support: support?,
        show_required: show_required?,
        texts: texts?,
    })
}

#[inline(never)]
fn plain(key: &str, text: String, longest: usize) -> Result<String> {
    if is_plain(&text) && text.chars().count() <= longest {
        return Ok(text);
    }
    let accepted = format!(
        "a text of one line and at most {longest} characters, without control characters and blanks around it"
    );
    Err(ConfigError::text(key, &text, accepted))
}

#[inline(never)]
fn logo(text: String, has_name: bool) -> Result<String> {
    let key = "pages.logo";
    if text.len() > LARGEST_LOGO {
        let found = format!("{} characters", text.len());
        return Err(ConfigError::new(key, found, format!("at most {LARGEST_LOGO}: a smaller picture")));
    }
    let is_picture = PICTURES.iter().any(|(start, magic)| {
        let file = text.strip_prefix(start).and_then(|data| STANDARD.decode(data).ok());
        file.is_some_and(|file| file.starts_with(magic))
    });
    if !is_picture {
        let accepted = "a picture as data:image/png;base64,…, or jpeg or webp in place of png (not svg, which may \
                        hold more than a picture)";
        return Err(ConfigError::text(key, &text, accepted));
    }
    if !has_name {
        let accepted = "a logo beside pages.name, which is there for those who do not see pictures";
        return Err(ConfigError::new(key, "a logo without a name", accepted));
    }
    Ok(text)
}

#[inline(never)]
fn colour(text: &str) -> Result<Colour> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
    let number = digits
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let Some(number) = number else {
        return Err(ConfigError::text("pages.accent", text, r##"a colour such as "#1662dd""##));
    };
    let [_, colour @ ..] = number.to_be_bytes();
    Ok(Colour(colour))
}

fn support(raw: raw::Support, faults: &Faults) -> Part<Support> {
    let url = raw.url.0.and_then(|text| faults.check(support_url(text)));
    let label = optional(raw.label, |text| faults.check(plain("pages.support.label", text, LONGEST_NAME)));
    Ok(Support { url: url?, label: label? })
}

/// Whoever clicks it goes there, so it is nothing that a browser would run.
#[inline(never)]
fn support_url(text: String) -> Result<String> {
    let key = "pages.support.url";
    let accepted = r#"an https: URL such as "https://help.example.com", or an address such as "mailto:help@example.com""#;
    match text.strip_prefix("mailto:") {
        Some(address) if is_address(address) => Ok(text),
        Some(_) => Err(ConfigError::text(key, &text, accepted)),
        None if !text.starts_with("https://") => Err(ConfigError::text(key, &text, accepted)),
        None => url(key, &text).map(|_| text),
    }
}

/// As much of RFC 6068 as anybody needs: one address, and fields behind a `?`.
fn is_address(text: &str) -> bool {
    let (address, fields) = text.split_once('?').unwrap_or((text, ""));
    let is_part = |part: &str| {
        let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b".-_+%".contains(&byte);
        !part.is_empty() && part.bytes().all(is_usual)
    };
    text.len() <= LONGEST_ADDRESS
        && address.split_once('@').is_some_and(|(local, domain)| is_part(local) && is_part(domain))
        && fields.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_+%=&@".contains(&byte))
}

/// In the order in which they are written. What is below a name that is not known is passed over.
#[inline(never)]
fn texts(raw::Texts(raw): raw::Texts, faults: &Faults) -> Part<Vec<LanguageTexts>> {
    let mut languages: Vec<LanguageTexts> = Vec::new();
    let mut failed: Option<Reported> = None;
    // With how many names something was not known.
    let mut unknown: Option<usize> = None;
    for raw::Text { names, text } in raw {
        if unknown.is_some_and(|above| names.len() > above) {
            continue;
        }
        unknown = None;
        let key = entry_key("pages.texts", &names.join("."));
        let checked = match (names.as_slice(), text) {
            ([tag], None) => check_tag(&key, tag, &languages).map(|()| {
                languages.push(LanguageTexts { tag: tag.clone(), texts: Vec::new() });
            }),
            ([_, of], None) => parts_of(&key, of).map(|_| ()),
            ([_, of, part], Some(Ok(text))) => text_of(&key, of, part, text).map(|text| {
                if let Some(language) = languages.last_mut() {
                    language.texts.push(text);
                }
            }),
            (_, Some(Err(reported))) => {
                failed = Some(reported);
                continue;
            }
            (_, None | Some(Ok(_))) => continue,
        };
        if let Err(fault) = checked {
            failed = Some(faults.report(fault));
            unknown = Some(names.len());
        }
    }
    failed.map_or(Ok(languages), Err)
}

fn text_of(key: &str, of: &str, part: &str, text: String) -> Result<PageText> {
    let parts = parts_of(key, of)?;
    if !parts.contains(&part) {
        return Err(ConfigError::new(key, "an unknown key", one_of(parts)));
    }
    Ok(PageText { of: of.to_owned(), part: part.to_owned(), text: plain(key, text, LONGEST_TEXT)? })
}

fn parts_of(key: &str, of: &str) -> Result<&'static [&'static str]> {
    if of == PAGE_LABELS_KEY {
        return Ok(PAGE_LABELS);
    }
    if PAGE_REASONS.contains(&of) {
        return Ok(PAGE_PARTS);
    }
    let accepted = format!("{PAGE_LABELS_KEY}, or a reason code: {}", one_of(PAGE_REASONS));
    Err(ConfigError::new(key, "an unknown key", accepted))
}

fn check_tag(key: &str, tag: &str, others: &[LanguageTexts]) -> Result<()> {
    if !is_language_tag(tag) {
        return Err(ConfigError::text(key, tag, r#"the tag of a language, such as "fr" or "pt-BR""#));
    }
    if others.iter().any(|other| other.tag.eq_ignore_ascii_case(tag)) {
        return Err(ConfigError::text(key, tag, "each language once (capitals make no difference)"));
    }
    Ok(())
}

/// The outline of RFC 5646 §2.1: a language of two or three letters, then what narrows it down.
fn is_language_tag(tag: &str) -> bool {
    let mut parts = tag.as_bytes().split(|byte| *byte == b'-');
    let is_language = |part: &[u8]| matches!(part.len(), 2..=3) && part.iter().all(u8::is_ascii_alphabetic);
    let narrows = |part: &[u8]| matches!(part.len(), 1..=8) && part.iter().all(u8::is_ascii_alphanumeric);
    tag.len() <= 35 && parts.next().is_some_and(is_language) && parts.all(narrows)
}
