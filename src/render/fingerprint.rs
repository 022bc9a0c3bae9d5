//! Fingerprints of diagnostics: the same from run to run, and other for each of a report.

use std::collections::BTreeSet;

use crate::domain::diagnostic::Diagnostic;

/// Gives each diagnostic of a report its fingerprint. Neither line nor commit is part of it, so that
/// it stays the same when something else in the file changes.
#[derive(Debug, Default)]
pub struct Fingerprints {
    given: BTreeSet<u128>,
}

impl Fingerprints {
    /// The fingerprint of the next diagnostic, as 32 hexadecimal digits.
    pub fn next(&mut self, diagnostic: &Diagnostic) -> String {
        let path = diagnostic.path.as_deref().unwrap_or_default();
        let said = format!("{}\0{path}\0{}", diagnostic.rule, diagnostic.message);
        // Readers drop what has the fingerprint of another: nothing that was written may hide anything.
        let print =
            (0..).map(|nth: u32| hash(&format!("{said}\0{nth}"))).find(|print| self.given.insert(*print));
        format!("{:032x}", print.unwrap_or_default())
    }
}

/// FNV-1a of 128 bits.
fn hash(text: &str) -> u128 {
    const BEGIN: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    text.bytes().fold(BEGIN, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn a_fingerprint_stays_the_same_and_is_given_once() {
        let verdict = sample::verdict();
        let mut prints = Fingerprints::default();
        let first = prints.next(&verdict.diagnostics[0]);
        assert_eq!(first, Fingerprints::default().next(&verdict.diagnostics[0]));
        assert_ne!(first, prints.next(&verdict.diagnostics[0]));
        assert_eq!(hash(""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(hash("a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }
}
