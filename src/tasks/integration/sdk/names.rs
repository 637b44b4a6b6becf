//! Names as AWS's SDK for Java makes them of the models', which are those that Step Functions shows.
//!
//! Owns: words of a name, exceptions, which member a parameter means. Must not know: services.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html>

/// `MD5OfBody` → `Md5OfBody`, `DBInstances` → `DbInstances`, `stateMachineArn` → `StateMachineArn`.
pub(super) fn pascal(name: &str) -> String {
    let mut words = String::with_capacity(name.len());
    let letters: Vec<char> = name.chars().collect();
    let mut begins = true;
    for (at, letter) in letters.iter().copied().enumerate() {
        if !letter.is_ascii_alphanumeric() {
            begins = true;
            continue;
        }
        begins |= at > 0 && begins_word(letters[at - 1], letter, letters.get(at + 1).copied());
        words.push(if begins { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() });
        begins = false;
    }
    words
}

/// Between a small letter and a capital, before the last capital of an acronym, after a number.
fn begins_word(before: char, letter: char, after: Option<char>) -> bool {
    let ends_acronym = before.is_ascii_uppercase() && after.is_some_and(|after| after.is_ascii_lowercase());
    // A capital alone at the end is no word: `IPv4CidrA` keeps it.
    let capital = letter.is_ascii_uppercase();
    (capital && before.is_ascii_lowercase() && after.is_some_and(|after| after.is_ascii_alphanumeric()))
        || (capital && ends_acronym)
        || (before.is_ascii_digit() && letter.is_ascii_alphabetic())
}

/// With a capital in front, as the SDK of the optimised integrations has the models' names.
pub(super) fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

/// A member's name in answers. DynamoDB's `NULL` would not be a word of Java.
pub(super) fn member(name: &str) -> String {
    if name == "NULL" { "Nul".to_owned() } else { pascal(name) }
}

/// The exception of an error's shape: `NoSuchBucket` → `NoSuchBucketException`.
pub(super) fn exception(shape: &str) -> String {
    let name = shape.strip_suffix("Fault").or_else(|| shape.strip_suffix("Exception")).unwrap_or(shape);
    pascal(name) + "Exception"
}

/// Whether a parameter's name means this member.
pub(super) fn means(parameter: &str, name: &str) -> bool {
    parameter.eq_ignore_ascii_case(name) || parameter == member(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_sdk() {
        for (name, expected) in [
            ("stateMachineArn", "StateMachineArn"),
            ("ETag", "ETag"),
            ("MD5OfMessageBody", "Md5OfMessageBody"),
            ("ChecksumCRC32", "ChecksumCrc32"),
            ("DBInstances", "DbInstances"),
            ("SSEKMSKeyId", "SsekmsKeyId"),
            ("S", "S"),
            ("SS", "Ss"),
            ("BOOL", "Bool"),
            ("API Gateway", "ApiGateway"),
            ("DynamoDB", "DynamoDb"),
            ("SFN", "Sfn"),
            ("CloudWatch Logs", "CloudWatchLogs"),
        ] {
            assert_eq!(pascal(name), expected, "{name}");
        }
        assert_eq!((member("NULL"), capitalised("startDate")), ("Nul".to_owned(), "StartDate".to_owned()));
    }

    #[test]
    fn exceptions_are_named_once() {
        assert_eq!(exception("NoSuchBucket"), "NoSuchBucketException");
        assert_eq!(exception("ResourceNotFoundException"), "ResourceNotFoundException");
        assert_eq!(exception("ServiceFault"), "ServiceException");
    }

    #[test]
    fn parameters_may_be_written_in_any_of_the_ways() {
        assert!(means("StateMachineArn", "stateMachineArn") && means("Nul", "NULL") && means("DbName", "DBName"));
        assert!(!means("Name", "stateMachineArn"));
    }
}
