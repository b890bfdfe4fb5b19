//! What the documents show is what the code takes, and where they lead there is something.

mod examples;
mod links;
mod named_files;
mod pages;
mod readme;
#[path = "../wasm_plugin/mod.rs"]
mod wasm_plugin;
