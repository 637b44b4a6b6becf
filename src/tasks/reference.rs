//! How a function is named: by name, by ARN or by a part of one, with or without a qualifier.
//!
//! Owns: the forms that Lambda's Invoke takes for `FunctionName`. Must not know: which functions there are.

/// A function as a request names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FunctionReference {
    /// The function's own name.
    pub(super) name: String,
    /// A version or an alias.
    pub(super) qualifier: Option<String>,
    /// The region of an ARN.
    pub(super) region: Option<String>,
    /// The account of an ARN.
    pub(super) account: Option<String>,
}

impl FunctionReference {
    /// Reads `NAME`, `NAME:QUALIFIER`, `ACCOUNT:function:NAME[:QUALIFIER]`, `function:NAME[:QUALIFIER]` or
    /// `arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]`; `None` for anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let (region, account, rest) = match parts.as_slice() {
            ["arn", _, "lambda", region, account, "function", rest @ ..] => (Some(*region), Some(*account), rest),
            ["function", rest @ ..] => (None, None, rest),
            [account, "function", rest @ ..] => (None, Some(*account), rest),
            rest => (None, None, rest),
        };
        let (name, qualifier) = match rest {
            [name] => (*name, None),
            [name, qualifier] if !qualifier.is_empty() => (*name, Some(*qualifier)),
            _ => return None,
        };
        let sound = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        (!name.is_empty() && name.len() <= 140 && name.chars().all(sound)).then(|| Self {
            name: name.to_owned(),
            qualifier: qualifier.map(str::to_owned),
            region: region.map(str::to_owned),
            account: account.map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_lambda_is_read() {
        for (text, name, qualifier) in [
            ("hello", "hello", None),
            ("hello:PROD", "hello", Some("PROD")),
            ("123456789012:function:hello", "hello", None),
            ("123456789012:function:hello:1", "hello", Some("1")),
            ("function:hello", "hello", None),
            ("arn:aws:lambda:eu-west-1:123456789012:function:s-dev-hello", "s-dev-hello", None),
            ("arn:aws-cn:lambda:eu-west-1:123456789012:function:hello:$LATEST", "hello", Some("$LATEST")),
        ] {
            let reference = FunctionReference::parse(text).expect(text);
            assert_eq!((reference.name.as_str(), reference.qualifier.as_deref()), (name, qualifier), "{text}");
        }
    }

    #[test]
    fn nothing_else_is_read() {
        for text in
            ["", "a b", "a/b", "../a", "arn:aws:sqs:eu-west-1:1:q", "arn:aws:lambda:r:a:function:", "a:", "a:b:c"]
        {
            assert_eq!(FunctionReference::parse(text), None, "{text}");
        }
    }
}
