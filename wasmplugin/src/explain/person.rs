//! Whoever asks: nobody, somebody with a session, or a program with a token.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use vestibule::inputs::Timestamp;

use super::filter::{Filter, Outcome};
use crate::input;
use crate::yaml;

#[derive(Clone, Debug)]
pub(super) enum Person {
    Nobody,
    /// What the ID token says.
    SignedIn(Map<String, Value>),
    /// Header and claims of a token, and the token itself.
    Bearer {
        header: Value,
        claims: Value,
        token: String,
    },
}

#[derive(Debug, clap::Args)]
#[group(id = "person", multiple = true)]
pub(super) struct Arguments {
    /// Somebody with this email address
    #[arg(long = "as", value_name = "EMAIL", conflicts_with_all = ["bearer", "nobody"])]
    email: Option<String>,
    /// In these groups
    #[arg(long, value_delimiter = ',', conflicts_with_all = ["bearer", "nobody"])]
    groups: Vec<String>,
    /// Somebody whose ID token has these claims: a file of JSON or YAML
    #[arg(long, value_name = "FILE", conflicts_with_all = ["bearer", "nobody"])]
    claims: Option<PathBuf>,
    /// A program with this JWT
    #[arg(long, value_name = "TOKEN", conflicts_with = "nobody")]
    bearer: Option<String>,
    /// Somebody who is not signed in (the default)
    #[arg(long)]
    nobody: bool,
}

impl Arguments {
    /// # Errors
    /// One line: what cannot be read.
    pub(super) fn person(&self) -> Result<Person, String> {
        if let Some(token) = &self.bearer {
            return Person::bearer(token);
        }
        let mut claims = match &self.claims {
            Some(file) => claims_of(file)?,
            None => Map::new(),
        };
        if let Some(email) = &self.email {
            claims.insert("email".to_owned(), json!(email));
            claims.entry("sub").or_insert(json!(email));
        }
        if !self.groups.is_empty() {
            claims.insert("groups".to_owned(), json!(self.groups));
        }
        Ok(if claims.is_empty() { Person::Nobody } else { Person::SignedIn(claims) })
    }
}

fn claims_of(file: &PathBuf) -> Result<Map<String, Value>, String> {
    let inputs = input::read(std::slice::from_ref(file))?;
    let text = inputs.first().map(|input| input.text.as_str()).unwrap_or_default();
    let documents = yaml::read(text)
        .map_err(|broken| format!("{}:{}: {}", file.display(), broken.place.line, broken.why))?;
    match documents.first().map(yaml::Node::json) {
        Some(Value::Object(claims)) => Ok(claims),
        _ => Err(format!("{}: a map of claims is wanted", file.display())),
    }
}

impl Person {
    /// # Errors
    /// It is no JWT.
    pub(super) fn bearer(token: &str) -> Result<Self, String> {
        let part = |index: usize| {
            let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(index)?).ok()?;
            serde_json::from_slice::<Value>(&bytes).ok()
        };
        match (part(0), part(1)) {
            (Some(header), Some(claims)) => Ok(Self::Bearer { header, claims, token: token.to_owned() }),
            _ => Err("the bearer token is no JWT".to_owned()),
        }
    }

    /// A token of these claims, as a provider would sign it.
    pub(super) fn with_token(claims: Value) -> Self {
        Self::Bearer { header: json!({"alg": "ES256"}), claims, token: String::new() }
    }

    pub(super) fn browses(&self) -> bool {
        !matches!(self, Self::Bearer { .. })
    }

    /// The headers that say who it is.
    ///
    /// # Errors
    /// Whoever could not sign in: what was answered instead.
    pub(super) fn credentials(
        &self,
        filter: &mut Filter,
        host: &str,
        now: Timestamp,
    ) -> Result<Vec<(String, String)>, Outcome> {
        match self {
            Self::Nobody => Ok(Vec::new()),
            Self::SignedIn(claims) => Ok(vec![("cookie".to_owned(), filter.sign_in(host, claims.clone())?)]),
            Self::Bearer { header, claims, token } => {
                // With an algorithm that is never taken, it goes in as it is: a signature of ours would make it right.
                let algorithm = header["alg"].as_str().unwrap_or_default();
                let is_asymmetric = ["RS", "PS", "ES", "Ed"].iter().any(|begin| algorithm.starts_with(begin));
                let token = if is_asymmetric || token.is_empty() {
                    signed(filter, header, claims, now)
                } else {
                    token.clone()
                };
                Ok(vec![("authorization".to_owned(), format!("Bearer {token}"))])
            }
        }
    }

    /// For the head of an explanation.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Nobody => "nobody".to_owned(),
            Self::SignedIn(claims) => {
                let shown = claims.iter().filter(|(name, _)| *name != "sub" || claims.len() == 1);
                shown
                    .map(|(name, value)| format!("{name} {}", value.to_string().replace('"', "")))
                    .collect::<Vec<_>>()
                    .join(", ")
            }
            Self::Bearer { claims, .. } => {
                format!("a token of {}", claims["iss"].as_str().unwrap_or("nobody"))
            }
        }
    }
}

fn signed(filter: &Filter, header: &Value, claims: &Value, now: Timestamp) -> String {
    let mut claims = claims.clone();
    if let Some(claims) = claims.as_object_mut() {
        claims.entry("iat").or_insert(json!(now.0));
        claims.entry("exp").or_insert(json!(now.0 + 300));
    }
    filter.provider().sign(header, &claims)
}
