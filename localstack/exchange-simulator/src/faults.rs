//! Active faults of all sources.

use crate::{fault::Fault, source::Source};
use std::{collections::BTreeMap, mem::discriminant};

/// Active faults of each source in the order of their arrival; at most one of each kind and bar.
#[derive(Debug, Default)]
pub(crate) struct Faults(BTreeMap<Source, Vec<Fault>>);

impl Faults {
    /// Adds a fault, or replaces the active one of its kind and bar. A `count` of 0 only removes that one.
    pub(crate) fn add(&mut self, fault: Fault) {
        let is_same = |other: &Fault| {
            discriminant(&other.kind) == discriminant(&fault.kind) && other.kind.at() == fault.kind.at()
        };
        let active = self.0.entry(fault.source).or_default();
        match active.iter().position(is_same) {
            Some(index) if fault.count == Some(0) => drop(active.remove(index)),
            Some(index) => active[index] = fault,
            None if fault.count == Some(0) => {}
            None => active.push(fault),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn clear_source(&mut self, source: Source) {
        self.0.remove(&source);
    }

    pub(crate) fn active(&self) -> Vec<&Fault> {
        self.0.values().flatten().collect()
    }

    /// Faults of the source's next response, counted. A fault that replaces the response comes alone; the others wait.
    pub(crate) fn next_response(&mut self, source: Source) -> Vec<Fault> {
        let Some(active) = self.0.get_mut(&source) else { return Vec::new() };
        let alone = active.iter().position(|fault| fault.kind.replaces_response());
        let mut response_faults = Vec::new();
        for (index, fault) in active.iter_mut().enumerate() {
            if alone.is_none_or(|alone| alone == index) {
                response_faults.push(fault.clone());
                fault.count = fault.count.map(|left| left.saturating_sub(1));
            }
        }
        active.retain(|fault| fault.count != Some(0));
        response_faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;

    fn fault(text: &str) -> Fault {
        serde_json::from_str(text).unwrap()
    }

    fn kinds(faults: &[Fault]) -> Vec<FaultKind> {
        faults.iter().map(|fault| fault.kind.clone()).collect()
    }

    #[test]
    fn only_a_fault_with_a_count_ends_by_itself() {
        let mut faults = Faults::default();
        faults.add(fault(r#"{"source":"coinbase","kind":"500","count":2}"#));
        faults.add(fault(r#"{"source":"yahoo","kind":"html"}"#));
        let mut hits = |source| (0..4).filter(|_| !faults.next_response(source).is_empty()).count();
        assert_eq!((hits(Source::Coinbase), hits(Source::Yahoo)), (2, 4));
        assert_eq!(faults.active().len(), 1);
        faults.clear();
        assert_eq!(faults.next_response(Source::Yahoo), []);
    }

    #[test]
    fn faults_keep_their_order_and_the_same_kind_is_replaced() {
        let off_by = FaultKind::OffBy { share: 0.03, at: None, field: None };
        let mut faults = Faults::default();
        faults.add(fault(r#"{"source":"kraken","kind":"wrong_order","count":1}"#));
        faults.add(fault(r#"{"source":"kraken","kind":"off_by"}"#));
        faults.add(fault(r#"{"source":"kraken","kind":"wrong_order","count":2}"#));
        assert_eq!(kinds(&faults.next_response(Source::Kraken)), [FaultKind::WrongOrder, off_by.clone()]);
        assert_eq!(kinds(&faults.next_response(Source::Kraken)), [FaultKind::WrongOrder, off_by.clone()]);
        assert_eq!(kinds(&faults.next_response(Source::Kraken)), [off_by]);
        faults.add(fault(r#"{"source":"kraken","kind":"off_by","count":0}"#));
        assert_eq!(faults.next_response(Source::Kraken), []);
    }

    #[test]
    fn faults_of_two_bars_are_active_together() {
        let mut faults = Faults::default();
        for day in 1..=2 {
            faults.add(fault(&format!(r#"{{"source":"kraken","kind":"missing","at":"2023-01-0{day}T00:00:00Z"}}"#)));
        }
        assert_eq!(faults.next_response(Source::Kraken).len(), 2);
    }

    #[test]
    fn a_fault_that_replaces_the_response_is_counted_alone() {
        let nulls = FaultKind::Nulls { at: None, field: None };
        let mut faults = Faults::default();
        faults.add(fault(r#"{"source":"binance","kind":"nulls","count":1}"#));
        faults.add(fault(r#"{"source":"binance","kind":"451","count":1}"#));
        assert_eq!(kinds(&faults.next_response(Source::Binance)), [FaultKind::RestrictedLocation]);
        assert_eq!(kinds(&faults.next_response(Source::Binance)), [nulls]);
        assert_eq!(faults.next_response(Source::Binance), []);
    }
}
