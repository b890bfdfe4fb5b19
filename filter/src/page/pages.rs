//! The operator's pages: how they look, and what they say in which language. Made once from the configuration.

use std::fmt;
use std::rc::Rc;

use super::Reason;
use super::accept_language::preferred;
use super::explanation::{Words, english};
use super::german::german;
use super::label::Label;
use super::style::{policy, style};
use crate::config::{self, PAGE_LABELS_KEY, Support};

/// How the filter's pages look, and what they say.
#[derive(Debug)]
pub struct Pages {
    pub(super) name: Option<String>,
    pub(super) logo: Option<String>,
    pub(super) support: Option<Support>,
    pub(super) style: String,
    pub(super) policy: String,
    /// English is the first.
    languages: Vec<Language>,
}

/// What one language has.
#[derive(Debug)]
struct Language {
    tag: String,
    built_in: Option<BuiltIn>,
    own: Vec<(Message, String)>,
}

/// What the filter says by itself.
#[derive(Debug)]
struct BuiltIn {
    words: fn(Reason) -> Words<'static>,
    label: fn(Label) -> &'static str,
}

/// One text of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    Title(Reason),
    WhatHappened(Reason),
    WhatToDo(Reason),
    Label(Label),
}

/// A text in the language of the page, or in English where that has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said<'a> {
    pub(super) text: &'a str,
    /// Whether it is English on a page of another language.
    pub(super) is_english: bool,
}

impl Said<'_> {
    /// The attributes of an element that holds it (WCAG 2.2, 3.1.2).
    pub(super) fn mark(self) -> &'static str {
        if self.is_english { " lang=\"en\" dir=\"ltr\"" } else { "" }
    }
}

/// The pages in the language of one person.
#[derive(Clone)]
pub struct Presentation {
    pub(super) pages: Rc<Pages>,
    language: usize,
}

impl Pages {
    /// As configured.
    #[must_use]
    pub fn new(config: &config::Pages) -> Self {
        let style = style(config.accent);
        let own = |tag: &str, built_in| Language { tag: tag.to_owned(), built_in, own: Vec::new() };
        let mut languages = vec![
            own("en", Some(BuiltIn { words: english, label: Label::english })),
            own("de", Some(BuiltIn { words: german, label: Label::german })),
        ];
        for config::LanguageTexts { tag, texts } in &config.texts {
            let mut language = own(tag, None);
            for it in texts {
                let text = Message::of(&it.of, &it.part).map(|message| (message, it.text.clone()));
                language.own.extend(text);
            }
            match languages.iter_mut().find(|other| other.tag.eq_ignore_ascii_case(tag)) {
                Some(built_in) => built_in.own = language.own,
                None => languages.push(language),
            }
        }
        Self {
            name: config.name.clone(),
            logo: config.logo.clone(),
            support: config.support.clone(),
            policy: policy(&style, config.logo.is_some()),
            style,
            languages,
        }
    }

    /// In the language that a browser prefers: values of `accept-language`.
    pub fn preferred<'h>(self: &Rc<Self>, headers: impl Iterator<Item = &'h [u8]>) -> Presentation {
        let tags: Vec<_> = self.languages.iter().map(|language| language.tag.as_str()).collect();
        let language = preferred(headers, &tags).unwrap_or_default();
        Presentation { pages: Rc::clone(self), language }
    }
}

/// The pages are the same for everybody, and long.
impl fmt::Debug for Presentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Presentation").field(&self.language()).finish()
    }
}

impl Default for Presentation {
    /// Without a configuration, in English.
    fn default() -> Self {
        Self { pages: Rc::new(Pages::new(&config::Pages::default())), language: 0 }
    }
}

impl Presentation {
    /// The tag of the language.
    pub(super) fn language(&self) -> &str {
        self.pages.languages.get(self.language).map_or("en", |language| &language.tag)
    }

    /// Whether the language is written from the right to the left.
    pub(super) fn is_from_the_right(&self) -> bool {
        let language = self.language().split('-').next().unwrap_or_default().to_ascii_lowercase();
        ["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"].contains(&language.as_str())
    }

    /// Empty where there is nothing to say.
    #[inline(never)]
    pub(super) fn say(&self, message: Message) -> Said<'_> {
        let languages = &self.pages.languages;
        let own = languages.get(self.language).and_then(|language| language.text(message));
        let english = || languages.first().and_then(|language| language.text(message)).unwrap_or_default();
        Said { text: own.unwrap_or_else(english), is_english: own.is_none() && self.language != 0 }
    }
}

impl Language {
    #[inline(never)]
    fn text(&self, message: Message) -> Option<&str> {
        let own = self.own.iter().find(|(own, _)| *own == message).map(|(_, text)| text.as_str());
        own.or_else(|| {
            let built_in = self.built_in.as_ref()?;
            Some(match message {
                Message::Title(reason) => (built_in.words)(reason).title,
                Message::WhatHappened(reason) => (built_in.words)(reason).what_happened,
                Message::WhatToDo(reason) => (built_in.words)(reason).what_to_do,
                Message::Label(label) => (built_in.label)(label),
            })
        })
    }
}

impl Message {
    /// By the names of the configuration.
    #[inline(never)]
    fn of(of: &str, part: &str) -> Option<Self> {
        if of == PAGE_LABELS_KEY {
            return Label::ALL.iter().find(|label| label.key() == part).copied().map(Self::Label);
        }
        let reason = *Reason::ALL.iter().find(|reason| reason.code() == of)?;
        match part {
            "title" => Some(Self::Title(reason)),
            "what_happened" => Some(Self::WhatHappened(reason)),
            "what_to_do" => Some(Self::WhatToDo(reason)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{LanguageTexts, PAGE_LABELS, PAGE_PARTS, PAGE_REASONS, PageText};

    fn texts(tag: &str, texts: &[(&str, &str, &str)]) -> LanguageTexts {
        let text = |(of, part, text): &(&str, &str, &str)| PageText {
            of: (*of).to_owned(),
            part: (*part).to_owned(),
            text: (*text).to_owned(),
        };
        LanguageTexts { tag: tag.to_owned(), texts: texts.iter().map(text).collect() }
    }

    fn pages(texts: Vec<LanguageTexts>) -> Rc<Pages> {
        Rc::new(Pages::new(&config::Pages { texts, ..config::Pages::default() }))
    }

    fn in_language(pages: &Rc<Pages>, header: &str) -> Presentation {
        pages.preferred([header.as_bytes()].into_iter())
    }

    /// What the configuration may name is what there is, and all of it.
    #[test]
    fn the_names_of_the_configuration_are_those_of_the_pages() {
        let mut reasons: Vec<_> =
            Reason::ALL.iter().filter(|reason| reason.may_be_a_page()).map(|reason| reason.code()).collect();
        reasons.sort_unstable();
        assert_eq!(reasons, PAGE_REASONS);
        assert_eq!(Label::ALL.iter().map(|label| label.key()).collect::<Vec<_>>(), PAGE_LABELS);
        for of in PAGE_REASONS {
            assert!(PAGE_PARTS.iter().all(|part| Message::of(of, part).is_some()), "{of}");
        }
        assert!(PAGE_LABELS.iter().all(|part| Message::of(PAGE_LABELS_KEY, part).is_some()));
        assert_eq!(Message::of("not_permitted", "sign_in"), None);
        assert_eq!(Message::of(PAGE_LABELS_KEY, "title"), None);
    }

    #[test]
    fn english_and_german_say_the_same_and_leave_out_nothing() {
        let pages = pages(vec![]);
        let (english, german) = (in_language(&pages, "en"), in_language(&pages, "de"));
        assert_eq!((english.language(), german.language()), ("en", "de"));
        let reasons = Reason::ALL.iter().flat_map(|reason| {
            [Message::Title(*reason), Message::WhatHappened(*reason), Message::WhatToDo(*reason)]
        });
        for message in reasons.chain(Label::ALL.iter().copied().map(Message::Label)) {
            let (english, german) = (english.say(message), german.say(message));
            assert!(!english.is_english && !german.is_english, "{message:?}");
            assert_eq!(english.text.is_empty(), german.text.is_empty(), "{message:?}");
            assert_eq!(german.text.trim(), german.text, "{message:?}");
            // The one word that is the same in both.
            let same = english.text == german.text && !english.text.is_empty();
            assert_eq!(same, message == Message::Label(Label::Code), "{message:?}: {}", german.text);
        }
    }

    #[test]
    fn what_a_language_lacks_is_said_in_english() {
        let pages = pages(vec![
            texts("en", &[("not_permitted", "what_to_do", "Ask in #access.")]),
            texts("DE", &[("labels", "support", "Hotline")]),
            texts(
                "fr",
                &[("not_permitted", "title", "Accès refusé"), ("labels", "sign_out", "Se déconnecter")],
            ),
        ]);
        let said = |header: &str, message| {
            let presentation = in_language(&pages, header);
            let Said { text, is_english } = presentation.say(message);
            (text.to_owned(), is_english)
        };
        let what_to_do = Message::WhatToDo(Reason::NotPermitted);
        assert_eq!(said("fr", Message::Title(Reason::NotPermitted)), ("Accès refusé".to_owned(), false));
        assert_eq!(said("fr", what_to_do), ("Ask in #access.".to_owned(), true));
        assert_eq!(said("fr", Message::Label(Label::Code)), ("Code".to_owned(), true));
        assert_eq!(said("en", what_to_do), ("Ask in #access.".to_owned(), false));
        assert_eq!(said("de", Message::Label(Label::Support)), ("Hotline".to_owned(), false));
        assert!(said("de", what_to_do).0.contains("um Zugriff"));
        // Nobody's language is there.
        assert_eq!(in_language(&pages, "it").language(), "en");
        assert_eq!(in_language(&pages, "fr-CA, en;q=0.5").language(), "fr");
    }

    #[test]
    fn some_languages_are_written_from_the_right() {
        let pages = pages(vec![texts("ar-EG", &[]), texts("HE", &[]), texts("arn", &[])]);
        for (tag, from_the_right) in
            [("ar", true), ("ar-EG", true), ("he", true), ("arn", false), ("de", false), ("en", false)]
        {
            assert_eq!(in_language(&pages, tag).is_from_the_right(), from_the_right, "{tag}");
        }
    }
}
