//! SVG as PNG and PDF.

use std::sync::{Arc, OnceLock};

use krilla_svg::{SurfaceExt, SvgSettings};
use resvg::usvg::fontdb;
use resvg::{tiny_skia, usvg};

/// A picture could not be made of an SVG.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    #[error("the SVG cannot be read: {0}")]
    Svg(String),
    #[error("a picture of {width} x {height} pixels is too large")]
    Size { width: f32, height: f32 },
    #[error("the {format} cannot be written: {message}")]
    Write { format: &'static str, message: String },
}

/// Inter, the font of the pictures (SIL Open Font License), cut to Latin, Greek and Cyrillic. Other scripts are set in
/// fonts of the machine.
const REGULAR: &[u8] = include_bytes!("font/Inter-Regular.otf");
const BOLD: &[u8] = include_bytes!("font/Inter-SemiBold.otf");

fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    Arc::clone(FONTS.get_or_init(|| {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(REGULAR.to_vec());
        fonts.load_font_data(BOLD.to_vec());
        fonts.load_system_fonts();
        fonts.set_sans_serif_family("Inter");
        Arc::new(fonts)
    }))
}

fn tree(svg: &str) -> Result<usvg::Tree, PictureError> {
    let options = usvg::Options {
        font_family: "Inter".to_owned(),
        fontdb: fonts(),
        ..usvg::Options::default()
    };
    usvg::Tree::from_str(svg, &options).map_err(|error| PictureError::Svg(error.to_string()))
}

/// A PNG of `scale` pixels a unit of the SVG.
pub fn to_png(svg: &str, scale: f32) -> Result<Vec<u8>, PictureError> {
    let tree = tree(svg)?;
    let size = tree.size();
    let (width, height) = (size.width() * scale, size.height() * scale);
    let pixels = (width <= 20_000.0 && height <= 20_000.0)
        .then(|| tiny_skia::Pixmap::new(width.ceil() as u32, height.ceil() as u32))
        .flatten();
    let mut pixels = pixels.ok_or(PictureError::Size { width, height })?;
    resvg::render(
        &tree,
        tiny_skia::Transform::from_scale(scale, scale),
        &mut pixels.as_mut(),
    );
    pixels.encode_png().map_err(|error| PictureError::Write {
        format: "PNG",
        message: error.to_string(),
    })
}

/// A PDF with one page for each SVG, text as text. A unit of the SVG is 1/96 inch.
pub fn to_pdf(svgs: &[&str]) -> Result<Vec<u8>, PictureError> {
    const POINTS: f32 = 0.75;
    let fail = |message: String| PictureError::Write { format: "PDF", message };
    let mut document = krilla::Document::new();
    for svg in svgs {
        let tree = tree(svg)?;
        let (width, height) = (tree.size().width() * POINTS, tree.size().height() * POINTS);
        let size = krilla::geom::Size::from_wh(width, height).ok_or(PictureError::Size { width, height })?;
        let settings = krilla::page::PageSettings::new(size);
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        surface
            .draw_svg(&tree, size, SvgSettings::default())
            .ok_or_else(|| fail("the page cannot be drawn".to_owned()))?;
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| fail(format!("{error:?}")))
}
