//! What was opened once need not be opened again: a bounded memory of cookie texts and what was in them.

use std::num::NonZeroUsize;
use std::rc::Rc;

use lru::LruCache;

/// A worker remembers this many cookies of one kind. A hit costs a comparison instead of a decryption.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

/// By owner scope and cookie text. Only what opened gets in, so a visitor cannot fill it with rubbish.
#[derive(Debug)]
pub struct OpenedCache<T> {
    opened: LruCache<Vec<u8>, Rc<T>>,
}

impl<T> Default for OpenedCache<T> {
    fn default() -> Self {
        Self { opened: LruCache::new(CAPACITY) }
    }
}

impl<T> OpenedCache<T> {
    /// What `open` makes of `text`, or made of it earlier. The scope is part of the key, for a text that
    /// opens on one host must not be found on another.
    pub fn get_or_open(
        &mut self,
        scope: &str,
        text: &[u8],
        open: impl FnOnce() -> Option<T>,
    ) -> Option<Rc<T>> {
        let key = [scope.as_bytes(), b"\0", text].concat();
        if let Some(found) = self.opened.get(&key) {
            return Some(Rc::clone(found));
        }
        let opened = Rc::new(open()?);
        self.opened.put(key, Rc::clone(&opened));
        Some(opened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hit_does_not_open_again() {
        let mut cache = OpenedCache::default();
        assert_eq!(cache.get_or_open("a", b"x", || Some(1)).as_deref(), Some(&1));
        assert_eq!(cache.get_or_open("a", b"x", || None).as_deref(), Some(&1));
    }

    #[test]
    fn another_host_or_text_is_a_miss_and_failures_are_not_kept() {
        let mut cache = OpenedCache::default();
        let _ = cache.get_or_open("a", b"x", || Some(1));
        assert_eq!(cache.get_or_open("b", b"x", || None), None);
        assert_eq!(cache.get_or_open("a", b"y", || None), None);
        assert_eq!(cache.get_or_open("a", b"y", || Some(2)).as_deref(), Some(&2));
    }
}
