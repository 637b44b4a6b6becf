//! The XML of AWS's Query protocol: what a refusal says, and elements whose members are texts.

use std::collections::BTreeMap;

use aws_smithy_xml::decode::{Document, ScopedDecoder, try_data};

/// The members of an element, by their names.
pub(super) type Members = BTreeMap<String, String>;

/// The code and the message of an answer that is no good one; `None` where it is not AWS's XML.
pub(super) fn refusal(xml: &str) -> Option<(String, String)> {
    let mut error = elements(xml, &["Error"])?.into_iter().next()?;
    let code = error.remove("Code")?;
    let message = error.remove("Message").unwrap_or_else(|| code.clone());
    Some((code, message))
}

/// All elements at a path below the root, with those of their members that are texts; `None` where it is no XML.
pub(super) fn elements(xml: &str, path: &[&str]) -> Option<Vec<Members>> {
    let mut document = Document::new(xml);
    let mut root = document.root_element().ok()?;
    let mut found = Vec::new();
    collect(&mut root, path, &mut found);
    Some(found)
}

fn collect(element: &mut ScopedDecoder<'_, '_>, path: &[&str], found: &mut Vec<Members>) {
    let Some((name, rest)) = path.split_first() else {
        found.push(members(element));
        return;
    };
    while let Some(mut inner) = element.next_tag() {
        if inner.start_el().local() == *name {
            collect(&mut inner, rest, found);
        }
    }
}

fn members(element: &mut ScopedDecoder<'_, '_>) -> Members {
    let mut members = Members::new();
    while let Some(mut member) = element.next_tag() {
        let name = member.start_el().local().to_owned();
        if let Ok(text) = try_data(&mut member) {
            members.insert(name, text.trim().to_owned());
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_its_code_and_what_is_no_xml_nothing() {
        let xml = r#"<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
            <Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no &amp; never</Message></Error>
            <RequestId>r</RequestId></ErrorResponse>"#;
        assert_eq!(refusal(xml), Some(("AccessDenied".into(), "no & never".into())));
        for text in ["", "<html><body>Bad Gateway</body></html>", "{}", "<Error>"] {
            assert_eq!(refusal(text), None, "{text}");
        }
    }

    #[test]
    fn elements_are_those_of_the_path_alone() {
        let xml = "<R><Other><member><K>no</K></member></Other><A><member><K>1</K><Deep><K>no</K></Deep></member>\
                   <member/><member><K> 2 </K></member></A></R>";
        let keys: Vec<_> = elements(xml, &["A", "member"]).unwrap();
        let keys: Vec<_> = keys.iter().map(|members| members.get("K").map(String::as_str)).collect();
        assert_eq!(keys, [Some("1"), None, Some("2")]);
        assert_eq!(elements("no xml", &["A"]), None);
    }
}
