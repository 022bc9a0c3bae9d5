//! Values by name in one sorted list: made once and then only asked, that costs a third of a map.

use gix::bstr::BString;

/// Values, each with a name of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ByName<T>(Vec<(BString, T)>);

impl<T> ByName<T> {
    /// The value called `name`.
    pub fn get(&self, name: &[u8]) -> Option<&T> {
        let at = self.0.binary_search_by(|(other, _)| other.as_slice().cmp(name)).ok()?;
        Some(&self.0[at].1)
    }

    /// The names that begin with `prefix`.
    pub fn below<'a>(&'a self, prefix: &'a [u8]) -> impl Iterator<Item = &'a BString> {
        let begin = self.0.partition_point(|(name, _)| name.as_slice() < prefix);
        self.names().skip(begin).take_while(move |name| name.starts_with(prefix))
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &BString> {
        self.0.iter().map(|(name, _)| name)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for ByName<T> {
    fn default() -> Self {
        ByName(Vec::new())
    }
}

impl<T> FromIterator<(BString, T)> for ByName<T> {
    /// Of those with the same name, as only forged trees have them, the first is kept.
    fn from_iter<I: IntoIterator<Item = (BString, T)>>(values: I) -> Self {
        let mut sorted: Vec<(BString, T)> = values.into_iter().collect();
        sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
        sorted.dedup_by(|(later, _), (first, _)| later == first);
        ByName(sorted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_name_is_found_and_those_below_a_prefix() {
        let names = ["b/", "a/x", "a", "b/", "a/y", "c"];
        let values: ByName<usize> = names.into_iter().map(BString::from).zip(0..).collect();
        assert_eq!(
            names.map(|name| values.get(name.as_bytes()).copied().expect("it is there")),
            [0, 1, 2, 0, 4, 5]
        );
        assert_eq!((values.get(b""), values.get(b"b"), values.get(b"a/z")), (None, None, None));
        assert_eq!(values.below(b"a/").collect::<Vec<_>>(), ["a/x", "a/y"]);
        assert_eq!(values.below(b"d").count(), 0);
        assert_eq!(values.below(b"").count(), 5);
    }
}
