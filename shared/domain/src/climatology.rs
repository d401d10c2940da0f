//! Climatology, the baseline every forecast must beat: the base rate of `up` as known at each decision time.

/// For each bar `t`, the Laplace-smoothed base rate `(ups + 1) / (labels + 2)` over the labels settled by its close.
///
/// `labels` is aligned with the bars, as [`crate::labels::labels`] returns it. Row `i` counts as settled at row
/// `t` once `i + horizon <= t`; since a gap only lengthens the time between two rows, that never uses a label early.
/// Always inside (0, 1); one half before the first label.
///
/// ```
/// # use domain::climatology::climatology;
/// let known = climatology(&[Some(true), Some(true), None, Some(false)], 1);
/// assert_eq!(known, [0.5, 2.0 / 3.0, 0.75, 0.75]);
/// ```
#[must_use]
pub fn climatology(labels: &[Option<bool>], horizon: u32) -> Vec<f64> {
    let horizon = usize::try_from(horizon).unwrap_or(usize::MAX);
    let (mut ups, mut settled) = (0.0, 0.0);
    (0..labels.len())
        .map(|t| {
            if let Some(up) = t.checked_sub(horizon).and_then(|i| labels[i]) {
                settled += 1.0;
                ups += f64::from(u8::from(up));
            }
            (ups + 1.0) / (settled + 2.0)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_counts_only_once_its_target_bar_has_closed() {
        let mut labels = vec![Some(false); 10];
        let before = climatology(&labels, 3);
        labels[4] = Some(true);
        let after = climatology(&labels, 3);
        assert_eq!(before[..7], after[..7], "label 4 is settled at bar 7");
        assert!(after[7] > before[7]);
    }

    #[test]
    fn without_settled_labels_it_is_one_half() {
        assert_eq!(climatology(&[None, None], 1), [0.5, 0.5]);
        assert_eq!(climatology(&[Some(true), Some(true)], 7), [0.5, 0.5]);
        assert!(climatology(&[], 1).is_empty());
    }
}
