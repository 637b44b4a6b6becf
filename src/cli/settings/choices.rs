//! What can be chosen by a flag: the format, the colours, how time passes.

use clap::ValueEnum;

/// The fastest `--time xN`, a million times: a day in 86 ms.
const SCALE_MAX: f64 = 1_000_000.0;

/// How stdout is written
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The one thing that you would pipe
    Text,
    /// The whole object
    Json,
    /// One JSON object a line
    Jsonl,
    /// Names only
    Name,
}

/// What `--output` takes: the formats of all commands, and those that only `history` has
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatChoice {
    /// The one thing that you would pipe
    Text,
    /// The whole object
    Json,
    /// One JSON object a line
    Jsonl,
    /// Names only
    Name,
    /// Of a history: its text
    #[value(hide = true)]
    Table,
    /// Of a history: as the service wrote it
    #[value(hide = true)]
    Raw,
}

impl FormatChoice {
    /// Whether only `history` has it.
    pub(crate) fn is_of_histories(self) -> bool {
        matches!(self, Self::Table | Self::Raw)
    }

    /// The format of all commands that it comes closest to.
    pub(super) fn format(self) -> Format {
        match self {
            Self::Text | Self::Table => Format::Text,
            Self::Json | Self::Raw => Format::Json,
            Self::Jsonl => Format::Jsonl,
            Self::Name => Format::Name,
        }
    }
}

/// When colours are used
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// `--time`
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum TimeChoice {
    Real,
    Virtual,
    Scaled(f64),
}

impl TimeChoice {
    /// Reads `real`, `virtual` or `xN`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let factor = |text: &str| text.parse::<f64>().ok().filter(|factor| *factor > 0.0 && *factor <= SCALE_MAX);
        match text {
            "real" => Ok(Self::Real),
            "virtual" => Ok(Self::Virtual),
            _ => text
                .strip_prefix('x')
                .and_then(factor)
                .map(Self::Scaled)
                .ok_or_else(|| "write real, virtual, or x10 for ten times as fast (at most x1000000)".into()),
        }
    }
}
