//! Whom to ask, and in which order. Pure.

use std::collections::VecDeque;

/// The sources that wait for their turn, by their place in the configured order.
#[derive(Debug)]
pub(crate) struct SourceQueue {
    waiting: VecDeque<usize>,
    /// Asked one after the other, when nobody else has delivered.
    fallbacks: VecDeque<usize>,
    /// How many deliveries are wanted.
    wanted: usize,
    running: usize,
    delivered: usize,
}

impl SourceQueue {
    /// As many sources of `is_proxy` as there are, in order; `wanted` of those that are none are to deliver. Proxies are
    /// left out unless `proxies` are allowed.
    pub(crate) fn new(is_proxy: impl IntoIterator<Item = bool>, proxies: bool, wanted: usize) -> Self {
        let (stand_ins, waiting): (Vec<_>, Vec<_>) = is_proxy
            .into_iter()
            .enumerate()
            .filter(|(_, is_proxy)| proxies || !is_proxy)
            .partition(|(_, is_proxy)| *is_proxy);
        let places = |sources: Vec<(usize, bool)>| sources.into_iter().map(|(place, _)| place).collect();
        Self { waiting: places(waiting), fallbacks: places(stand_ins), wanted, running: 0, delivered: 0 }
    }

    /// The next source to be asked now, beside those that are being asked.
    pub(crate) fn next_source(&mut self) -> Option<usize> {
        let next = if self.running + self.delivered < self.wanted { self.waiting.pop_front() } else { None };
        let next = match next {
            None if self.running + self.delivered == 0 => self.fallbacks.pop_front(),
            next => next,
        };
        self.running += usize::from(next.is_some());
        next
    }

    /// One that was being asked has delivered, or failed.
    pub(crate) fn record_result(&mut self, delivered: bool) {
        self.running = self.running.saturating_sub(1);
        self.delivered += usize::from(delivered);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(roster: &mut SourceQueue) -> Vec<usize> {
        std::iter::from_fn(|| roster.next_source()).collect()
    }

    #[test]
    fn as_many_as_are_wanted_are_asked_at_once_and_failures_are_replaced_in_order() {
        let mut roster = SourceQueue::new([false; 4], true, 2);
        assert_eq!(called(&mut roster), [0, 1]);
        roster.record_result(true);
        assert!(called(&mut roster).is_empty());
        roster.record_result(false);
        assert_eq!(called(&mut roster), [2]);
        roster.record_result(false);
        assert_eq!(called(&mut roster), [3]);
        roster.record_result(true);
        assert!(called(&mut roster).is_empty());
    }

    #[test]
    fn a_proxy_is_asked_when_nobody_else_delivered_and_one_is_enough() {
        let mut roster = SourceQueue::new([true, false, false, true, true], true, 2);
        assert_eq!(called(&mut roster), [1, 2]);
        roster.record_result(false);
        assert!(called(&mut roster).is_empty(), "one may still deliver");
        roster.record_result(false);
        assert_eq!(called(&mut roster), [0]);
        roster.record_result(false);
        assert_eq!(called(&mut roster), [3]);
        roster.record_result(true);
        assert!(called(&mut roster).is_empty());
    }

    #[test]
    fn a_proxy_is_left_alone_when_another_delivered() {
        let mut roster = SourceQueue::new([true, false], true, 2);
        assert_eq!(called(&mut roster), [1]);
        roster.record_result(true);
        assert!(called(&mut roster).is_empty());
    }

    #[test]
    fn a_proxy_is_never_asked_where_none_is_allowed() {
        let mut roster = SourceQueue::new([true, false, true], false, 2);
        assert_eq!(called(&mut roster), [1]);
        roster.record_result(false);
        assert!(called(&mut roster).is_empty());
    }

    #[test]
    fn a_lonely_proxy_is_asked_at_once() {
        assert_eq!(called(&mut SourceQueue::new([true], true, 2)), [0]);
        assert!(called(&mut SourceQueue::new([], true, 2)).is_empty());
    }
}
