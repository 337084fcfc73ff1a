//! The employees dashboard over examples/employees.csv: every number equals one computed without the warehouse.

use serde_json::{Value, json};

use super::super::render::render;
use super::super::{Options, read, to_pdf, to_png};
use super::warehouse::{Warehouse, rows};
use super::{EMPLOYEES, GALLERY, fixture};

/// Writes all files of a fixture below the folder that PIPECTL_DASHBOARD_OUT names, to be looked at.
#[test]
fn draws_all_fixtures() {
    for (name, text) in [("employees", EMPLOYEES), ("gallery", GALLERY)] {
        let (definition, sources) = fixture(text);
        let dashboard = read(name, &definition, &sources).unwrap();
        for dark in [false, true] {
            let options = Options {
                made_at: "2026-11-25 10:00 UTC".to_owned(),
                made_from: "hr.employees, environment local".to_owned(),
                description: Some("Who works here and what they earn.".to_owned()),
                dark,
                ..Options::default()
            };
            let rendered = render(&dashboard, &Warehouse::employees(), &options).unwrap();
            assert!(rendered.html.len() < 1_000_000, "{}", rendered.html.len());
            assert!(!rendered.html.contains("http://") || rendered.html.matches("http://www.w3.org/2000/svg").count() > 0);
            let Some(out) = std::env::var_os("PIPECTL_DASHBOARD_OUT") else { continue };
            let out = std::path::Path::new(&out).join(format!("{name}{}", if dark { "-dark" } else { "" }));
            std::fs::create_dir_all(&out).unwrap();
            std::fs::write(out.join("page.html"), &rendered.html).unwrap();
            let text = super::super::terminal(&rendered, super::super::TerminalOptions { width: 100, color: !dark, lines: 16 });
            std::fs::write(out.join("terminal.txt"), text).unwrap();
            for picture in rendered.visuals.iter().chain(&rendered.sheets) {
                std::fs::write(out.join(format!("{}.svg", picture.id)), &picture.svg).unwrap();
                std::fs::write(out.join(format!("{}.png", picture.id)), to_png(&picture.svg, 1.5).unwrap()).unwrap();
            }
            let svgs: Vec<&str> = rendered.sheets.iter().map(|picture| picture.svg.as_str()).collect();
            std::fs::write(out.join("sheets.pdf"), to_pdf(&svgs).unwrap()).unwrap();
        }
    }
}
