//! The whole core under random requests, answers of the provider and times, and the laws that hold whatever
//! comes: `script` is what happens, `world` does it, `ledger` and `refresh` know who signed in correctly, `laws` judge.

mod answers;
mod browser;
mod laws;
mod ledger;
mod recovery;
mod refresh;
mod requests;
mod script;
mod settings;
mod world;

use std::sync::LazyLock;

use arbitrary::{Arbitrary as _, Unstructured};

static TRACES: LazyLock<bool> = LazyLock::new(|| std::env::var_os("FUZZ_TRACE").is_some());

/// Runs a script, whatever the bytes are. No step may break a law, and after all of them an honest sign-in
/// still works.
pub fn engine(data: &[u8]) {
    let Ok(script) = script::Script::arbitrary(&mut Unstructured::new(data)) else { return };
    let mut world = world::World::new(settings::setting(script.setting));
    for act in script.steps {
        if *TRACES {
            println!("{act:?}");
        }
        world.act(act);
    }
    world.recovers();
}
