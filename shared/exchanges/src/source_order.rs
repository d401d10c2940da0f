//! Order in which sources are fetched. Pure.

use std::collections::VecDeque;

/// Queue of the sources, by their index in the configured order.
#[derive(Debug)]
pub(crate) struct SourceQueue {
    waiting: VecDeque<usize>,
    /// Proxies, which are fetched one after another if no other source has bars.
    fallbacks: VecDeque<usize>,
    /// Required number of sources with bars.
    required: usize,
    running: usize,
    succeeded: usize,
}

impl SourceQueue {
    /// Queue of one source for each item of `is_proxy`, of which `required` have to succeed. Proxies are used only if
    /// `allow_proxies` is true.
    pub(crate) fn new(is_proxy: impl IntoIterator<Item = bool>, allow_proxies: bool, required: usize) -> Self {
        let (fallbacks, waiting): (Vec<_>, Vec<_>) = is_proxy
            .into_iter()
            .enumerate()
            .filter(|(_, is_proxy)| allow_proxies || !is_proxy)
            .partition(|(_, is_proxy)| *is_proxy);
        let indices = |sources: Vec<(usize, bool)>| sources.into_iter().map(|(index, _)| index).collect();
        Self { waiting: indices(waiting), fallbacks: indices(fallbacks), required, running: 0, succeeded: 0 }
    }

    /// Index of the next source to fetch now, besides those that are running.
    pub(crate) fn next_source(&mut self) -> Option<usize> {
        let next = if self.running + self.succeeded < self.required { self.waiting.pop_front() } else { None };
        let next = match next {
            None if self.running + self.succeeded == 0 => self.fallbacks.pop_front(),
            next => next,
        };
        self.running += usize::from(next.is_some());
        next
    }

    /// Records the result of one running source.
    pub(crate) fn record_result(&mut self, success: bool) {
        self.running = self.running.saturating_sub(1);
        self.succeeded += usize::from(success);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next_sources(queue: &mut SourceQueue) -> Vec<usize> {
        std::iter::from_fn(|| queue.next_source()).collect()
    }

    #[test]
    fn the_required_number_runs_and_failures_are_replaced() {
        let mut queue = SourceQueue::new([false; 4], true, 2);
        assert_eq!(next_sources(&mut queue), [0, 1]);
        queue.record_result(true);
        assert!(next_sources(&mut queue).is_empty());
        queue.record_result(false);
        assert_eq!(next_sources(&mut queue), [2]);
        queue.record_result(false);
        assert_eq!(next_sources(&mut queue), [3]);
        queue.record_result(true);
        assert!(next_sources(&mut queue).is_empty());
    }

    #[test]
    fn one_proxy_is_fetched_if_all_others_failed() {
        let mut queue = SourceQueue::new([true, false, false, true, true], true, 2);
        assert_eq!(next_sources(&mut queue), [1, 2]);
        queue.record_result(false);
        assert!(next_sources(&mut queue).is_empty(), "one may still succeed");
        queue.record_result(false);
        assert_eq!(next_sources(&mut queue), [0]);
        queue.record_result(false);
        assert_eq!(next_sources(&mut queue), [3]);
        queue.record_result(true);
        assert!(next_sources(&mut queue).is_empty());
    }

    #[test]
    fn no_proxy_is_fetched_if_another_source_succeeded() {
        let mut queue = SourceQueue::new([true, false], true, 2);
        assert_eq!(next_sources(&mut queue), [1]);
        queue.record_result(true);
        assert!(next_sources(&mut queue).is_empty());
    }

    #[test]
    fn no_proxy_is_fetched_if_proxies_are_not_allowed() {
        let mut queue = SourceQueue::new([true, false, true], false, 2);
        assert_eq!(next_sources(&mut queue), [1]);
        queue.record_result(false);
        assert!(next_sources(&mut queue).is_empty());
    }

    #[test]
    fn a_proxy_that_is_the_only_source_is_fetched_without_delay() {
        assert_eq!(next_sources(&mut SourceQueue::new([true], true, 2)), [0]);
        assert!(next_sources(&mut SourceQueue::new([], true, 2)).is_empty());
    }
}
