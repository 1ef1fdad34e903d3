//! Pixels from SVG, by the crate `resvg`, with a font that is part of this program.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

/// The PNG file of an SVG, `scale` times as large.
pub fn render(svg: &str, scale: f32) -> Result<Vec<u8>, String> {
    let mut options = Options {
        font_family: "DejaVu Sans".into(),
        ..Options::default()
    };
    options
        .fontdb_mut()
        .load_font_data(dejavu::sans::regular().to_vec());
    let tree = Tree::from_str(svg, &options).map_err(|e| e.to_string())?;
    let size = tree.size();
    let pixels = |length: f32| (length * scale).ceil() as u32;
    let mut pixmap = Pixmap::new(pixels(size.width()), pixels(size.height()))
        .ok_or("the picture has no size")?;
    let transform = Transform::from_scale(scale, scale);
    resvg::render(&tree, transform, &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::canvas::{Anchor, Canvas};
    use resvg::usvg::Node;

    /// What layout takes for the width of a text is what the font takes.
    #[test]
    fn widths_are_those_of_the_font() {
        for words in [
            "time since the run began (s)",
            "0123456789",
            "WAVE, via: Qu!",
        ] {
            let mut canvas = Canvas::new(900.0, 50.0, "");
            canvas.text((0.0, 20.0), words, 20.0, Anchor::Start, "#000000");
            let mut options = Options::default();
            let font = dejavu::sans::regular().to_vec();
            options.fontdb_mut().load_font_data(font);
            let tree = Tree::from_str(&canvas.finish(), &options).unwrap();
            let width = tree.root().children().iter().find_map(|node| match node {
                Node::Text(text) => Some(f64::from(text.bounding_box().width())),
                _ => None,
            });
            let (width, taken) = (width.unwrap(), crate::figures::text::width(words, 20.0));
            assert!(
                (width - taken).abs() < 0.03 * taken,
                "{words}: {width} {taken}"
            );
        }
    }

    #[test]
    fn as_large_as_asked() {
        let svg = Canvas::new(30.0, 20.0, "").finish();
        let png = render(&svg, 3.0).unwrap();
        assert!(png.starts_with(b"\x89PNG\r\n"));
        assert_eq!(png[16..24], [0, 0, 0, 90, 0, 0, 0, 60]);
        assert!(render("no svg", 1.0).is_err());
    }
}
