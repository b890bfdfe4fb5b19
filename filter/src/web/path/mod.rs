//! Paths: a request's in one form, and patterns that name some of them. A configured path is one that is in that
//! form already.

mod clarity;
mod normal;
mod pattern;

pub use clarity::Clarity;
pub use normal::{BadPath, NormalPath};
pub use pattern::{PathPattern, matches, matches_to_the_letter, resembles};
