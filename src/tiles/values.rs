//! Values of properties as they stand in a tile, each kept once.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

use super::Value;
use super::encode::put_value;

/// Position of a value in [`Values`], and whether more than one feature has it: what only one has need not be looked for among
/// the values that a tile already holds. 0 stands for no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tag(u32);

impl Tag {
    pub(super) const NONE: Self = Self(0);
    const SHARED: u32 = 1 << 31;

    fn new(at: u32, shared: bool) -> Self {
        Self((at + 1) | if shared { Self::SHARED } else { 0 })
    }

    /// Position of the value; nothing where the feature has none.
    pub(super) fn at(self) -> Option<u32> {
        (self.0 & !Self::SHARED).checked_sub(1)
    }

    /// Whether several features have the value.
    pub(super) fn is_shared(self) -> bool {
        self.0 & Self::SHARED != 0
    }
}

/// Encoded values, one after the other.
#[derive(Debug, Default)]
pub(super) struct Values {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Values {
    /// The field of a layer that holds the value.
    pub(super) fn get(&self, at: u32) -> &[u8] {
        let at = at as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.bytes[start..self.ends[at] as usize]
    }

    /// Size in memory, bytes.
    pub(super) fn size(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<u32>()
    }
}

/// Collects values while features are read.
#[derive(Debug, Default)]
pub(super) struct Interner {
    values: Values,
    positions: HashTable<u32>,
    shared: Vec<bool>,
    scratch: Vec<u8>,
}

impl Interner {
    /// The tag of a value; [`Tag::NONE`] for a number that is not finite.
    pub(super) fn tag(&mut self, value: &Value<'_>) -> Tag {
        if matches!(value, Value::Float(number) if !number.is_finite()) {
            return Tag::NONE;
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        put_value(&mut scratch, value);
        let tag = self.encoded(&scratch);
        self.scratch = scratch;
        tag
    }

    /// The tag of a value that is encoded already.
    pub(super) fn encoded(&mut self, value: &[u8]) -> Tag {
        let hash = xxh3_64(value);
        let Self { values, positions, shared, .. } = self;
        if let Some(&at) = positions.find(hash, |&at| values.get(at) == value) {
            shared[at as usize] = true;
            return Tag::new(at, true);
        }
        // 2³¹ values, or 4 GiB of them, are more than a country has.
        let at = values.ends.len() as u32;
        values.bytes.extend_from_slice(value);
        values.ends.push(values.bytes.len() as u32);
        shared.push(false);
        positions.insert_unique(hash, at, |&at| xxh3_64(values.get(at)));
        Tag::new(at, false)
    }

    /// The tag as it is once everything was read: the first of several features did not know of the others.
    pub(super) fn settled(&self, tag: Tag) -> Tag {
        tag.at().map_or(tag, |at| Tag::new(at, self.shared[at as usize]))
    }

    /// The values; what was needed to find them is dropped.
    pub(super) fn finish(mut self) -> Values {
        self.values.bytes.shrink_to_fit();
        self.values.ends.shrink_to_fit();
        self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_kept_once() {
        let mut interner = Interner::default();
        let first = interner.tag(&"a".into());
        let other = interner.tag(&Value::Int(1));
        let again = interner.tag(&"a".into());
        assert_eq!((first.at(), other.at(), again.at()), (Some(0), Some(1), Some(0)));
        assert!(interner.settled(first).is_shared() && !interner.settled(other).is_shared());
        assert_eq!(interner.tag(&Value::Float(f64::NAN)), Tag::NONE);
        assert_eq!(Tag::NONE.at(), None);
        let values = interner.finish();
        assert!(values.get(0).ends_with(b"a") && values.get(1) != values.get(0));
    }
}
