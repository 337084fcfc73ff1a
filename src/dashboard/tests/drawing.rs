//! Scales, ticks, labels, formats and colours of the drawing script, and small pictures as snapshots.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::script::Script;

fn call(function: &str, arguments: &Value) -> Value {
    thread_local! {
        static SCRIPT: Script = Script::new().unwrap();
    }
    SCRIPT.with(|script| script.call(function, arguments).unwrap())
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_f64().unwrap())
        .collect()
}

#[test]
fn ticks_are_round() {
    for (low, high, count, expected) in [
        (
            0.0,
            283_020.67,
            6,
            vec![0.0, 50_000.0, 100_000.0, 150_000.0, 200_000.0, 250_000.0, 300_000.0],
        ),
        (18.0, 67.0, 5, vec![10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0]),
        (0.1, 0.3, 2, vec![0.1, 0.2, 0.3]),
        (-5.0, 5.0, 2, vec![-5.0, 0.0, 5.0]),
        // One value has a range around it.
        (7.0, 7.0, 4, vec![2.0, 4.0, 6.0, 8.0, 10.0, 12.0]),
        (0.0, 0.0, 2, vec![0.0, 0.5, 1.0]),
    ] {
        assert_eq!(
            numbers(&call("ticks", &json!([low, high, count]))["ticks"]),
            expected,
            "{low} to {high}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Ticks hold the values, ascend in equal steps and are few.
    #[test]
    fn ticks_hold_the_values(low in -1e9_f64..1e9, span in 1e-6_f64..1e9, count in 2_usize..12) {
        let high = low + span;
        let axis = call("ticks", &json!([low, high, count]));
        let ticks = numbers(&axis["ticks"]);
        let (first, last, step) = (axis["low"].as_f64().unwrap(), axis["high"].as_f64().unwrap(), axis["step"].as_f64().unwrap());
        prop_assert!(first <= low + step * 1e-6 && last >= high - step * 1e-6);
        prop_assert!(last - first <= span + 2.0 * step * 1.001);
        prop_assert!(ticks.len() <= count + 3);
        for pair in ticks.windows(2) {
            prop_assert!((pair[1] - pair[0] - step).abs() < step * 1e-3, "{ticks:?}");
        }
    }

    #[test]
    fn shortened_text_fits(text in "\\PC{0,40}", room in 0.0_f64..200.0) {
        let short = call("ellipsize", &json!([text, room, 11]));
        let width = call("width", &json!([short, 11])).as_f64().unwrap();
        prop_assert!(width <= room + 1e-9 || short == "" || width == 0.0);
    }

    /// Labels of bands never overlap: each set has the room it is given.
    #[test]
    fn band_labels_do_not_overlap(labels in prop::collection::vec("[a-zA-Z ]{1,30}", 1..60), band in 4.0_f64..200.0, thin: bool) {
        let set = call("labels", &json!([labels, band, 300, thin]));
        let every = set["every"].as_f64().unwrap();
        let shown = set["shown"].as_array().unwrap();
        for text in shown {
            let width = call("width", &json!([text, 11])).as_f64().unwrap();
            match set["mode"].as_str().unwrap() {
                // Turned labels need the height of a line.
                "turned" => prop_assert!(band * every >= 18.3),
                "flat" => prop_assert!(width <= band * every),
                _ => {}
            }
        }
        if set["mode"] == "lines" {
            for line in set["lines"].as_array().unwrap().iter().flat_map(|lines| lines.as_array().unwrap()) {
                prop_assert!(call("width", &json!([line, 11])).as_f64().unwrap() <= band);
            }
        }
    }
}

#[test]
fn formats_as_quicksight_does() {
    let usd = json!({"style": "currency", "symbol": "$", "decimals": 2});
    for (value, format, shown, full, short) in [
        (json!(1_234_567.891), json!({}), "1,234,567.89", "1,234,567.891", "1.2M"),
        (json!(87_286.96), usd.clone(), "$87,286.96", "$87,286.96", "$87.3k"),
        (json!(-1500), usd.clone(), "-$1,500.00", "-$1,500.00", "-$1,500"),
        (
            json!(97_818_478.91),
            json!({"style": "currency", "symbol": "€", "scale": "MILLIONS", "decimals": 1}),
            "€97.8M",
            "€97,818,478.91",
            "€97.8M",
        ),
        (
            json!(0.1234),
            json!({"style": "percent", "decimals": 1}),
            "12.3%",
            "12.34%",
            "12.3%",
        ),
        (
            json!(999_950),
            json!({"scale": "AUTO", "decimals": 0}),
            "1,000k",
            "999,950",
            "1,000k",
        ),
        (
            json!(1234.5),
            json!({"style": "number", "thousands": ".", "decimal": ",", "decimals": 2}),
            "1.234,50",
            "1.234,50",
            "1.234,5",
        ),
        (json!(0), usd.clone(), "$0.00", "$0.00", "$0"),
        (json!(null), json!({}), "null", "null", "null"),
        (json!(null), json!({"nullText": "–"}), "–", "–", "–"),
        (
            json!("2024-02-29"),
            json!({"style": "date", "granularity": "MONTH"}),
            "Feb 2024",
            "Feb 2024",
            "Feb 2024",
        ),
        (
            json!("2024-11-01 00:00:00"),
            json!({"style": "date", "granularity": "QUARTER"}),
            "Q4 2024",
            "Q4 2024",
            "Q4 2024",
        ),
    ] {
        assert_eq!(
            call("format", &json!([value, format])),
            json!([shown, full, short]),
            "{value} {format}"
        );
    }
}

#[test]
fn ticks_of_an_axis_have_one_unit() {
    let usd = json!({"style": "currency", "symbol": "$"});
    let texts = |ticks: Value, step: f64, format: &Value| call("tickTexts", &json!([ticks, step, format]));
    assert_eq!(
        texts(json!([0, 50_000, 100_000]), 5e4, &usd),
        json!(["$0", "$50k", "$100k"])
    );
    assert_eq!(
        texts(json!([0, 500_000, 1_000_000]), 5e5, &usd),
        json!(["$0", "$0.5M", "$1.0M"])
    );
    assert_eq!(
        texts(json!([0, 0.25, 0.5]), 0.25, &json!({"style": "percent"})),
        json!(["0%", "25%", "50%"])
    );
    assert_eq!(texts(json!([36, 38.5]), 2.5, &json!({})), json!(["36.0", "38.5"]));
}

/// WCAG 2: 4.5 for text, 3 for what carries meaning.
#[test]
fn colours_have_contrast() {
    let themes = call("themes", &json!([]));
    for theme in ["light", "dark"] {
        let theme = &themes[theme];
        let paper = theme["paper"].as_str().unwrap();
        for name in ["ink", "muted", "good", "bad"] {
            assert!(contrast(theme[name].as_str().unwrap(), paper) >= 4.5, "{name}");
        }
        for series in theme["series"].as_array().unwrap() {
            assert!(contrast(series.as_str().unwrap(), paper) >= 3.0, "{series}");
        }
        for step in 0..=100 {
            let strength = 0.08 + 0.92 * f64::from(step) / 100.0;
            let cell = mix(paper, theme["series"][0].as_str().unwrap(), strength);
            let at = if strength < 0.65 {
                0
            } else if strength < 0.86 {
                1
            } else {
                2
            };
            let text = channels(theme["onHeat"][at].as_str().unwrap());
            assert!(ratio(&cell, &text) >= 4.5, "{paper} {strength} {}", ratio(&cell, &text));
        }
    }
}

fn channels(color: &str) -> [f64; 3] {
    [1, 3, 5].map(|at| f64::from(u8::from_str_radix(&color[at..at + 2], 16).unwrap()))
}

fn mix(a: &str, b: &str, part: f64) -> [f64; 3] {
    let (a, b) = (channels(a), channels(b));
    [0, 1, 2].map(|at| a[at] * (1.0 - part) + b[at] * part)
}

fn contrast(a: &str, b: &str) -> f64 {
    ratio(&channels(a), &channels(b))
}

fn ratio(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    let light = |color: &[f64; 3]| {
        let linear = color.map(|one| {
            let one = one / 255.0;
            if one <= 0.03928 {
                one / 12.92
            } else {
                ((one + 0.055) / 1.055_f64).powf(2.4)
            }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let (a, b) = (light(a), light(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}
