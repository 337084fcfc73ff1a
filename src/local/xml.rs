//! Writes what stands inside `<ActionResult>` of the AWS Query protocol.

use std::fmt::Display;

use quick_xml::escape::escape;

/// XML under construction. Text is escaped; element names are the service model's.
#[derive(Debug, Default)]
pub(crate) struct Xml(String);

impl Xml {
    pub fn new() -> Self {
        Self::default()
    }

    /// `<name>value</name>`
    pub fn text(&mut self, name: &str, value: impl Display) -> &mut Self {
        // A bare carriage return would be read back as a line feed (XML 1.0, section 2.11).
        let value = escape(value.to_string()).replace('\r', "&#xD;");
        self.0.push_str(&format!("<{name}>{value}</{name}>"));
        self
    }

    /// As `text`; nothing when there is no value.
    pub fn optional(&mut self, name: &str, value: Option<impl Display>) -> &mut Self {
        if let Some(value) = value {
            self.text(name, value);
        }
        self
    }

    /// `<name>...</name>` with what `inside` writes.
    pub fn element(&mut self, name: &str, inside: impl FnOnce(&mut Self)) -> &mut Self {
        self.0.push_str(&format!("<{name}>"));
        inside(self);
        self.0.push_str(&format!("</{name}>"));
        self
    }

    /// `<name><member>...</member>...</name>`, one member an item.
    pub fn list<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        mut member: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        self.element(name, |xml| {
            for item in items {
                xml.element("member", |xml| member(xml, item));
            }
        })
    }

    /// As `list`, for members that are plain values.
    pub fn values<T: Display>(&mut self, name: &str, items: impl IntoIterator<Item = T>) -> &mut Self {
        self.element(name, |xml| {
            for item in items {
                xml.text("member", item);
            }
        })
    }

    /// The finished text, taken out.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_text_and_keeps_carriage_returns() {
        let mut xml = Xml::new();
        xml.element("Role", |xml| {
            xml.text("Description", "a <b> & \"c\"\r\n")
                .optional("Path", None::<&str>);
        })
        .values("Names", ["x", "y"]);
        assert_eq!(
            xml.finish(),
            "<Role><Description>a &lt;b&gt; &amp; &quot;c&quot;&#xD;\n</Description></Role>\
             <Names><member>x</member><member>y</member></Names>"
        );
    }
}
