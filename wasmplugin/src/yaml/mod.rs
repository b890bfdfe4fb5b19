//! YAML as a tree in which every key and every value knows where it stands.
//!
//! [`read`] makes it of a text: all documents of it, anchors and merge keys resolved, plain scalars with the types that
//! `kubectl`, Helm and Istio give them ([`scalar`]). JSON is YAML as well. [`tree`] is what comes out: to look values
//! up in, to find the place of a fault, and to hand on as JSON.

mod read;
mod scalar;
mod tree;

pub(crate) use read::{Broken, read};
pub(crate) use tree::{Entry, Node, Place, Value};
