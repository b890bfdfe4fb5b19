//! `pages`: how the filter's own pages look, and what they say.

/// How the filter's own pages look, and what they say.
#[derive(Debug, Default)]
pub struct Pages {
    /// Of the application.
    pub name: Option<String>,
    /// A `data:` URL of a picture; only with a name.
    pub logo: Option<String>,
    /// Of the first link.
    pub accent: Colour,
    /// Where people find help.
    pub support: Option<Support>,
    /// Whether groups that would do are named.
    pub show_required: bool,
    /// In place of the filter's own, or beside them.
    pub texts: Vec<LanguageTexts>,
}

/// Red, green and blue (sRGB).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

impl Default for Colour {
    fn default() -> Self {
        Self([0x16, 0x62, 0xdd])
    }
}

/// Where people find help.
#[derive(Clone, Debug)]
pub struct Support {
    /// `https:` or `mailto:`.
    pub url: String,
    /// What is read on the link; `None`: the language's own words.
    pub label: Option<String>,
}

/// The texts of one language.
#[derive(Debug)]
pub struct LanguageTexts {
    /// Its tag (RFC 5646), as it was written. No other has the same.
    pub tag: String,
    /// Each is known by [`crate::config::PAGE_REASONS`] or [`crate::config::PAGE_LABELS`].
    pub texts: Vec<PageText>,
}

/// One text.
#[derive(Debug)]
pub struct PageText {
    /// A reason code, or `labels`.
    pub of: String,
    /// Which of its parts.
    pub part: String,
    /// Plain.
    pub text: String,
}
