//! Finds rows that cost more than when they were stored.
//!
//! Ratios alone are compared: the counts themselves depend on the processor's features, the
//! allocator and the compiler, which hit all rows of a group alike.

use crate::bench::figures::Figures;

/// By how much a ratio may rise, in percent.
pub(crate) const TOLERATED_PERCENT: f64 = 5.0;

/// Fails if a ratio has risen too much, a row is new or, when the `whole` was counted, one is gone.
pub(crate) fn check(counted: &Figures, stored: &Figures, whole: bool) -> anyhow::Result<()> {
    let mut problems = Vec::new();
    for figure in counted.iter() {
        let name = format!("{}: {}", figure.group, figure.row);
        match stored.get(&figure.group, &figure.row) {
            None => problems.push(format!("{name} is not stored")),
            Some(before) => {
                let percent = (figure.ratio / before.ratio - 1.0) * 100.0;
                // Ratios are stored with three digits.
                if percent > TOLERATED_PERCENT + 0.001 {
                    problems.push(format!(
                        "{name} rose by {percent:.1} %, from {:.3} to {:.3} times the first",
                        before.ratio, figure.ratio
                    ));
                }
            }
        }
    }
    if whole {
        let gone = stored
            .iter()
            .filter(|it| counted.get(&it.group, &it.row).is_none());
        problems.extend(gone.map(|it| format!("{}: {} was not counted", it.group, it.row)));
    }
    anyhow::ensure!(
        problems.is_empty(),
        "{}\nmake it cheaper, or, if it is worth it: cargo xtask bench --instructions --store",
        problems.join("\n")
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(rows: &[(&str, f64)]) -> Figures {
        let rows = rows.iter().map(|(row, ratio)| {
            format!("\"{row}\" = {{ instructions = 20000, ratio = {ratio:.4} }}\n")
        });
        Figures::from_toml(&format!("[\"HTTP/2\"]\n{}", rows.collect::<String>())).unwrap()
    }

    #[test]
    fn rise_of_five_percent_is_accepted_and_more_is_rejected() {
        let stored = figures(&[("raw", 1.0), ("ours", 1.2)]);
        for ratio in [0.6, 1.2, 1.26] {
            check(&figures(&[("raw", 1.0), ("ours", ratio)]), &stored, true).unwrap();
        }
        let risen = check(&figures(&[("raw", 1.0), ("ours", 1.2613)]), &stored, true);
        let message = risen.unwrap_err().to_string();
        assert!(
            message.starts_with("HTTP/2: ours rose by 5.1 %"),
            "{message}"
        );
    }

    #[test]
    fn fall_of_one_row_does_not_make_up_for_another() {
        let stored = figures(&[("raw", 1.0), ("a", 1.2), ("b", 1.2)]);
        check(
            &figures(&[("raw", 1.0), ("a", 1.0), ("b", 1.3)]),
            &stored,
            true,
        )
        .unwrap_err();
    }

    #[test]
    fn row_that_is_not_stored_is_rejected() {
        let stored = figures(&[("raw", 1.0)]);
        let counted = figures(&[("raw", 1.0), ("new", 1.0)]);
        check(&counted, &stored, false).unwrap_err();
    }

    #[test]
    fn row_that_is_gone_is_rejected_if_all_were_counted() {
        let stored = figures(&[("raw", 1.0), ("ours", 1.2)]);
        let counted = figures(&[("raw", 1.0)]);
        check(&counted, &stored, true).unwrap_err();
        check(&counted, &stored, false).unwrap();
    }
}
