//! A figure that is drawn: SVG, and PNG of it.

use super::canvas::Canvas;

/// A finished figure.
#[derive(Clone, Debug)]
pub struct Drawing {
    svg: String,
}

impl Drawing {
    /// Of what is on the canvas.
    pub fn new(canvas: Canvas) -> Self {
        Drawing {
            svg: canvas.finish(),
        }
    }

    /// SVG: a file's contents, which may also stand in HTML as they are.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// The contents of a PNG file, with three of its pixels for one: 300 dots an inch where a figure is 16 cm
    /// wide.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn png(&self) -> Result<Vec<u8>, String> {
        super::png::render(&self.svg, 3.0)
    }
}
