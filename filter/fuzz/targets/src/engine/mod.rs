//! The whole core under random requests, answers of the provider and times, and the laws that hold whatever
//! comes. What is asked is the driver that ships, one for each worker.
//!
//! `script` is what happens, `acts` makes events of it, `world` does what the drivers want, as the filter's host does.
//! `known` is what is true in the run (`ledger` and `refresh` know who signed in correctly, `marks` who signed out), and `laws` judge by it.

mod acts;
mod answers;
mod asked;
mod browser;
mod known;
mod laws;
mod ledger;
mod marks;
mod person;
mod recovery;
mod refresh;
mod refresh_token;
mod requests;
mod script;
mod settings;
mod sign_ins;
mod streams;
mod world;

use std::sync::LazyLock;

use arbitrary::{Arbitrary as _, Unstructured};

use crate::reached::Reached;

static TRACES: LazyLock<bool> = LazyLock::new(|| std::env::var_os("FUZZ_TRACE").is_some());

/// Runs a script, whatever the bytes are. No step may break a law, and after all of them an honest sign-in
/// still works.
pub fn engine(data: &[u8]) {
    engine_reaches(data);
}

/// As [`engine`]; how deep the run came, its honest end left out.
pub fn engine_reaches(data: &[u8]) -> Reached {
    let Ok(script) = script::Script::arbitrary(&mut Unstructured::new(data)) else {
        return Reached::default();
    };
    let mut world = world::World::new(settings::setting(script.setting));
    for act in script.steps {
        if *TRACES {
            println!("{act:?}");
        }
        world.act(act);
    }
    let reached = world.reached.clone();
    world.recovers();
    reached
}
