//! What was opened once need not be opened again: a memory of cookie texts and what was in them, bounded by bytes.

use std::rc::Rc;

use lru::LruCache;

/// What an entry costs beside its text and what was in it: its place, its scope, and the parts of what was in it. Bytes.
const COST_OF_AN_ENTRY: usize = 512;

/// By owner scope and cookie text. Only what opened gets in, so a visitor cannot fill it with rubbish; what was not asked
/// for longest goes first.
#[derive(Debug)]
pub struct OpenedCache<T> {
    opened: LruCache<Place, Entry<T>>,
    size: usize,
    max_size: usize,
}

/// Where a text is kept.
type Place = u64;

#[derive(Debug)]
struct Entry<T> {
    scope: Box<str>,
    text: Box<[u8]>,
    size: usize,
    opened: Rc<T>,
}

impl<T> OpenedCache<T> {
    /// For as much as takes so many bytes, about.
    #[must_use]
    pub fn new(max_size: usize) -> Self {
        Self { opened: LruCache::unbounded(), size: 0, max_size }
    }

    /// What `open` makes of `text`, or made of it earlier. The scope is part of the key, for a text that opens on one host
    /// must not be found on another. `open` also says what it takes to keep what was in it, in bytes.
    ///
    /// A hit costs a look at the place and a comparison, and takes no memory.
    pub fn get_or_open(
        &mut self,
        scope: &str,
        text: &[u8],
        open: impl FnOnce() -> Option<(T, usize)>,
    ) -> Option<Rc<T>> {
        let place = place(text);
        if let Some(entry) = self.opened.get(&place)
            && *entry.scope == *scope
            && is_same(&entry.text, text)
        {
            return Some(Rc::clone(&entry.opened));
        }
        let (opened, size) = open()?;
        let opened = Rc::new(opened);
        let size =
            size.saturating_add(scope.len()).saturating_add(text.len()).saturating_add(COST_OF_AN_ENTRY);
        self.keep(place, Entry { scope: scope.into(), text: text.into(), size, opened: Rc::clone(&opened) });
        Some(opened)
    }

    fn keep(&mut self, place: Place, entry: Entry<T>) {
        if entry.size > self.max_size {
            return;
        }
        self.size = self.size.saturating_add(entry.size);
        let replaced = self.opened.put(place, entry);
        self.size = self.size.saturating_sub(replaced.map_or(0, |entry| entry.size));
        while self.size > self.max_size {
            let Some((_, oldest)) = self.opened.pop_lru() else { return };
            self.size = self.size.saturating_sub(oldest.size);
        }
    }
}

/// By some of the characters of the nonce with which a sealed text begins. They are random, and another sealed text with
/// the same is not to be had: whoever makes up one that does not open puts nothing there.
fn place(text: &[u8]) -> Place {
    let (characters, _) = text.get(8..24).unwrap_or_default().as_chunks::<8>();
    characters.iter().fold(0, |place: Place, eight| place.rotate_left(29) ^ u64::from_le_bytes(*eight))
}

/// Compared eight bytes at a time, and to the end: the usual comparison goes byte by byte in WebAssembly.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let ((one, one_rest), (other, other_rest)) = (one.as_chunks::<8>(), other.as_chunks::<8>());
    let differing = one.iter().zip(other).fold(0, |differing, (one, other)| {
        differing | (u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other))
    });
    differing == 0 && one_rest == other_rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROOM_FOR_THREE: usize = 3 * (COST_OF_AN_ENTRY + 1 + 30);

    fn cache() -> OpenedCache<u32> {
        OpenedCache::new(ROOM_FOR_THREE)
    }

    /// As long as they are alike, with a nonce of their own.
    fn text(number: u32) -> Vec<u8> {
        format!("12345678{number:08}{number:014}").into_bytes()
    }

    fn opens(cache: &mut OpenedCache<u32>, number: u32) -> bool {
        let mut opened = false;
        let found = cache.get_or_open("a", &text(number), || {
            opened = true;
            Some((number, 0))
        });
        assert_eq!(found.as_deref(), Some(&number));
        opened
    }

    #[test]
    fn a_hit_does_not_open_again() {
        let mut cache = cache();
        assert!(opens(&mut cache, 1));
        assert!(!opens(&mut cache, 1));
    }

    #[test]
    fn another_host_or_text_is_a_miss_and_failures_are_not_kept() {
        let mut cache = cache();
        let found = text(1);
        let _ = cache.get_or_open("a", &found, || Some((1, 0)));
        assert_eq!(cache.get_or_open("b", &found, || None), None);
        // Each byte counts, also those that do not say where it is kept.
        for at in 0..found.len() {
            let mut other = found.clone();
            other[at] ^= 1;
            assert_eq!(cache.get_or_open("a", &other, || None), None, "{at}");
            assert_eq!(cache.get_or_open("a", &other[..at], || None), None, "{at}");
        }
        assert_eq!(cache.get_or_open("a", &found, || None).as_deref(), Some(&1));
        assert_eq!(cache.get_or_open("a", b"short", || None), None);
        assert_eq!(cache.get_or_open("a", b"short", || Some((2, 0))).as_deref(), Some(&2));
        assert_eq!(cache.get_or_open("a", b"SHORT", || None), None);
    }

    #[test]
    fn what_was_not_asked_for_longest_goes_first() {
        let mut cache = cache();
        for number in 1..=3 {
            assert!(opens(&mut cache, number));
        }
        assert!(!opens(&mut cache, 1));
        assert!(opens(&mut cache, 4));
        assert!(!opens(&mut cache, 1) && !opens(&mut cache, 3) && !opens(&mut cache, 4));
        assert!(opens(&mut cache, 2));
    }

    #[test]
    fn one_place_is_taken_once() {
        let mut cache = cache();
        let (one, other) = (b"12345678the same place......one", b"12345678the same place......two");
        for _ in 0..10 {
            for text in [one, other] {
                assert_eq!(cache.get_or_open("a", text, || Some((1, 0))).as_deref(), Some(&1));
                assert_eq!((cache.opened.len(), cache.size), (1, COST_OF_AN_ENTRY + 1 + text.len()));
            }
        }
    }

    proptest! {
        #[test]
        fn it_never_holds_more_than_it_may(asked in prop::collection::vec((0..9_u32, 0..1000_usize), 0..60)) {
            let mut cache = cache();
            for (number, size) in asked {
                prop_assert!(cache.get_or_open("a", &text(number), || Some((number, size))).is_some());
                let held: usize = cache.opened.iter().map(|(_, entry)| entry.size).sum();
                prop_assert!(cache.size == held && held <= ROOM_FOR_THREE);
            }
        }

        #[test]
        fn bytes_are_compared_as_bytes(one in prop::collection::vec(0..2_u8, 0..40), other in prop::collection::vec(0..2_u8, 0..40)) {
            prop_assert_eq!(is_same(&one, &other), one == other);
            prop_assert!(is_same(&one, &one.clone()));
        }
    }
}
