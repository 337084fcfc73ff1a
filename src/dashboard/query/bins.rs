//! Bins of a histogram.

#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub(crate) struct Bins {
    pub start: f64,
    pub width: f64,
    pub count: usize,
}

impl Bins {
    /// Bins for values from `low` to `high`. Without a wish about ten, of a round width.
    pub fn new(low: f64, high: f64, count: Option<usize>, width: Option<f64>, start: Option<f64>) -> Self {
        /// QuickSight's default for BinCountLimit is not documented; more cannot be told apart.
        const MOST: usize = 200;
        let span = (high - start.unwrap_or(low)).max(0.0);
        let first = |width: f64| start.unwrap_or((low / width).floor() * width);
        if let Some(count) = count.filter(|count| *count > 0) {
            let count = count.min(MOST);
            let start = start.unwrap_or(low);
            let width = if span > 0.0 { span / count as f64 } else { 1.0 };
            return Self { start, width, count };
        }
        let width = width.unwrap_or_else(|| if span > 0.0 { round_step(span / 10.0) } else { 1.0 });
        let width = width.max(span / MOST as f64).max(f64::MIN_POSITIVE);
        let start = first(width);
        let count = (((high - start) / width) + 1e-9).floor().max(0.0) as usize + 1;
        // A value on the last edge belongs to the bin before it.
        let on_edge = count > 1 && ((high - start) / width).fract().abs() < 1e-9;
        Self {
            start,
            width,
            count: (count - usize::from(on_edge)).clamp(1, MOST + 1),
        }
    }
}

/// The nearest of 1, 2, 5 times a power of ten, not below.
fn round_step(raw: f64) -> f64 {
    let power = 10_f64.powf(raw.log10().floor());
    let lead = raw / power;
    let step = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|step| lead <= *step + 1e-9)
        .unwrap_or(10.0);
    step * power
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bins_are_round() {
        assert_eq!(
            Bins::new(18.0, 67.0, None, None, None),
            Bins {
                start: 15.0,
                width: 5.0,
                count: 11
            }
        );
        assert_eq!(
            Bins::new(0.0, 100.0, None, None, None),
            Bins {
                start: 0.0,
                width: 10.0,
                count: 10
            }
        );
        assert_eq!(
            Bins::new(5.0, 5.0, None, None, None),
            Bins {
                start: 5.0,
                width: 1.0,
                count: 1
            }
        );
        assert_eq!(
            Bins::new(0.0, 9.0, Some(3), None, None),
            Bins {
                start: 0.0,
                width: 3.0,
                count: 3
            }
        );
    }

    proptest! {
        #[test]
        fn bins_hold_all_values(low in -1e6_f64..1e6, span in 0.0_f64..1e6, width in prop::option::of(0.001_f64..1e5), count in prop::option::of(1_usize..500)) {
            let bins = Bins::new(low, low + span, count, width, None);
            prop_assert!(bins.count >= 1 && bins.count <= 201);
            prop_assert!(bins.start <= low + 1e-6 * (1.0 + low.abs()));
            let high = low + span;
            prop_assert!(bins.start + bins.width * bins.count as f64 >= high - 1e-9 * (1.0 + high.abs() + span));
        }
    }
}
