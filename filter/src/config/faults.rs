//! All faults of a configuration are told at once, so a fault ends only what cannot be read without the value at
//! fault.
//!
//! Whoever finds one reports it and gets a [`Reported`]; there is no other way to one. A part that is not whole is
//! an `Err(Reported)`, so a check that needs this part cannot run, and nothing is told twice for one cause.

use std::cell::RefCell;

use super::error::{ConfigError, ConfigErrors};

/// Proof that a fault has been told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reported(());

/// A part of the configuration, or the proof that a fault in it has been told.
pub(super) type Part<T> = Result<T, Reported>;

/// The faults so far.
#[derive(Default)]
pub(super) struct Faults(RefCell<Vec<ConfigError>>);

impl Faults {
    #[inline(never)]
    pub(super) fn report(&self, fault: ConfigError) -> Reported {
        self.0.borrow_mut().push(fault);
        Reported(())
    }

    /// Reports the fault of one value that was read for itself.
    pub(super) fn check<T>(&self, value: Result<T, ConfigError>) -> Part<T> {
        value.map_err(|fault| self.report(fault))
    }

    /// `whole`, where nothing has been reported. `write_place` writes down where the key of a fault stands in the contract.
    ///
    /// # Errors
    /// All faults, in the order of the contract.
    pub(super) fn finish<T>(
        self,
        whole: Part<T>,
        write_place: impl Fn(&str, &mut Vec<usize>),
    ) -> Result<T, ConfigErrors> {
        // Each is put in its place: a sort, which is long code in the filter, would do no more.
        let mut faults: Vec<(Vec<usize>, ConfigError)> = Vec::new();
        for fault in self.0.into_inner() {
            let mut place = Vec::new();
            write_place(&fault.key, &mut place);
            let at = faults.partition_point(|(other, _)| *other <= place);
            faults.insert(at, (place, fault));
        }
        match whole {
            Ok(whole) if faults.is_empty() => Ok(whole),
            // What is not whole has been reported.
            _ => Err(ConfigErrors::new(faults.into_iter().map(|(_, fault)| fault).collect())),
        }
    }
}
