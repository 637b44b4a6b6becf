//! From what a call gave back to the token that it was given, where the function keeps it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::asl::intrinsic::{Argument, Body, Call, text};
use crate::asl::task_token::cut::{Piece, cut, plausible};

impl Call {
    /// The task token in what the call gave; `None` where it reads none, or lost it among other data.
    pub(in crate::asl) fn token_in(&self, result: &Value) -> Option<String> {
        self.body.token_in(result)
    }

    /// Whether any argument is the task token or something around it.
    pub(in crate::asl) fn reads_token(&self) -> bool {
        self.body.reads_token()
    }
}

impl Body {
    fn reads_token(&self) -> bool {
        self.any_path(&|path| path.reads_token())
    }

    fn token_in(&self, result: &Value) -> Option<String> {
        let only = || self.arguments.first();
        match self.function.name {
            "States.Format" => self.token_in_text(result.as_str()?),
            "States.Array" => {
                let items = result.as_array()?;
                self.arguments.iter().zip(items).find_map(|(argument, item)| argument.token_in(item))
            }
            "States.JsonToString" => only()?.token_in(&serde_json::from_str(result.as_str()?).ok()?),
            "States.Base64Encode" => {
                let bytes = STANDARD.decode(result.as_str()?).ok()?;
                only()?.token_in(&Value::String(String::from_utf8(bytes).ok()?))
            }
            "States.JsonMerge" => self.arguments.iter().find_map(|argument| argument.token_in(result)),
            _ => None,
        }
    }

    /// Cuts the first token out of a text that `States.Format` made.
    fn token_in_text(&self, filled: &str) -> Option<String> {
        let Argument::Text { raw, .. } = self.arguments.first()? else { return None };
        let mut values = self.arguments[1..].iter();
        let (mut pieces, mut fixed, mut wanted) = (Vec::new(), String::new(), None);
        let mut characters = raw.chars();
        while let Some(next) = characters.next() {
            match next {
                '\\' => text::escaped(characters.next(), &mut fixed),
                '{' => {
                    characters.next();
                    let value = values.next()?;
                    if !fixed.is_empty() {
                        pieces.push(Piece::Fixed(std::mem::take(&mut fixed)));
                    }
                    let is_first = wanted.is_none() && value.reads_token();
                    pieces.push(if is_first { Piece::Token } else { Piece::Hole });
                    wanted = wanted.or_else(|| is_first.then_some(value));
                }
                other => fixed.push(other),
            }
        }
        if !fixed.is_empty() {
            pieces.push(Piece::Fixed(fixed));
        }
        let wanted = wanted?;
        cut(&pieces, filled, &|part| plausible(&wanted.token_in(&Value::String(part.to_owned()))?))
    }
}

impl Argument {
    fn reads_token(&self) -> bool {
        match self {
            Self::Path(path) => path.reads_token(),
            Self::Call(call) => call.reads_token(),
            Self::Text { .. } | Self::Value(_) => false,
        }
    }

    fn token_in(&self, value: &Value) -> Option<String> {
        match self {
            Self::Path(path) => path.token_in(value),
            Self::Call(call) => call.token_in(value),
            Self::Text { .. } | Self::Value(_) => None,
        }
    }
}
