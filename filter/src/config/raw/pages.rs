//! `pages` as it is written: how the filter's own pages look, and what they say.

use crate::config::faults::Part;
use crate::config::read::{At, Read, section};

section! {
    /// How the filter's own pages look, and what they say. They speak English and German, whichever the browser prefers.
    /// Nothing on them is loaded from elsewhere, and no text is read as HTML.
    #[derive(Default)]
    struct Pages {
        /// The name of the application, at the top of each page and in its title. At most 60 characters.
        ///
        /// Default: none
        /// Example: `Acme Expenses`
        name: String;
        /// A picture beside the name: `data:image/png;base64,…`, or `jpeg` or `webp` in place of `png`; at most 32768
        /// characters. It needs `name`, for those who do not see pictures.
        ///
        /// Default: none
        /// Example: `data:image/png;base64,iVBORw0KGgo=`
        logo: String;
        /// The colour of the first link of a page, as `#rrggbb`. What is written on it is black or white, whichever can be
        /// read, and where the colour is too close to the ground the link gets an edge.
        ///
        /// Default: `#1662dd`
        /// Example: `#0b6e4f`
        accent: String;
        /// Where people find help, on each page.
        ///
        /// Default: none
        support: Support;
        /// Whether somebody who lacks a group is told which groups would do. Names of groups can tell a stranger something.
        ///
        /// Default: `false`
        /// Example: `true`
        show_required: bool;
        /// Texts by language, by reason code (or `labels`) and by part: `title`, `what_happened`, `what_to_do`. They take
        /// the place of the filter's own in `en` and `de`, and bring further languages; what a language lacks is shown in
        /// English. Plain texts of at most 400 characters.
        ///
        /// Default: `{}`
        /// Example: `{"fr": {"not_permitted": {"title": "Accès refusé"}, "labels": {"sign_out": "Se déconnecter"}}}`
        texts: Texts;
    }
}

section! {
    /// Where people find help.
    struct Support {
        /// A URL with `https:`, or an address with `mailto:`.
        ///
        /// Example: `mailto:help@example.com`
        url: String, required "an https: URL or a mailto: address";
        /// What is read on the link, in every language. At most 60 characters.
        ///
        /// Default: the language's own words
        /// Example: `Service desk, extension 4711`
        label: String;
    }
}

/// The texts of `pages.texts`, in the order in which they are written.
#[derive(Default)]
pub(in crate::config) struct Texts(pub(in crate::config) Vec<Text>);

/// One text, or what stands in the place of several.
pub(in crate::config) struct Text {
    /// The language, the reason code and the part, as far as they are there.
    pub(in crate::config) names: Vec<String>,
    /// None for a language without texts.
    pub(in crate::config) text: Option<Part<String>>,
}

impl Read for Texts {
    fn read(at: &At<'_>) -> Part<Self> {
        let mut texts = Vec::new();
        read_below(at, &[], &mut texts)?;
        Ok(Self(texts))
    }
}

/// Three maps, each in the other.
fn read_below(at: &At<'_>, above: &[String], texts: &mut Vec<Text>) -> Part<()> {
    const ACCEPTED: [&str; 3] = [
        "a map of languages and their texts",
        "a map of reason codes (or labels) and their texts",
        "a map of title, what_happened, what_to_do (or labels) and strings",
    ];
    let Some(accepted) = ACCEPTED.get(above.len()) else { return Ok(()) };
    for (name, part) in at.entries(accepted)? {
        let mut names = above.to_vec();
        names.push(name);
        let text = match part {
            Err(reported) => Some(Err(reported)),
            Ok(at) if names.len() == ACCEPTED.len() => Some(String::read(&at)),
            // That it is there is said before what is in it.
            Ok(at) => {
                texts.push(Text { names: names.clone(), text: None });
                match read_below(&at, &names, texts) {
                    Ok(()) => continue,
                    Err(reported) => Some(Err(reported)),
                }
            }
        };
        texts.push(Text { names, text });
    }
    Ok(())
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Texts {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Texts".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        type ByName<T> = std::collections::BTreeMap<String, T>;
        ByName::<ByName<ByName<String>>>::json_schema(generator)
    }
}
