//! What a template is made of, once it is parsed.

/// One piece of a template.
#[derive(Debug)]
pub(super) enum Node {
    Text(Box<str>),
    Reference {
        /// Backslashes in front of it, which are text unless it means something.
        escapes: usize,
        reference: Reference,
    },
    Set {
        target: Reference,
        value: Expression,
    },
    If {
        branches: Vec<(Expression, Vec<Node>)>,
        otherwise: Vec<Node>,
    },
    Foreach {
        name: Box<str>,
        items: Expression,
        body: Vec<Node>,
        at: usize,
    },
    Define {
        name: Box<str>,
        body: Vec<Node>,
    },
    Break,
    Stop,
}

/// `$name`, `${name}`, `$!name`, and what is read of it: `.field`, `.method(…)`, `[index]`.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) name: Box<str>,
    /// `$!`: prints nothing where it leads nowhere.
    pub(super) is_quiet: bool,
    pub(super) steps: Vec<Step>,
    /// As it stands in the template.
    pub(super) written: Box<str>,
    /// Its first byte in the template.
    pub(super) at: usize,
}

#[derive(Debug)]
pub(super) enum Step {
    Property(Box<str>),
    Call { method: Box<str>, arguments: Vec<Expression> },
    Index(Expression),
}

#[derive(Debug)]
pub(super) enum Expression {
    Bool(bool),
    Integer(i64),
    Decimal(f64),
    /// A string without references, whichever its quotes.
    Text(Box<str>),
    /// A string in double quotes, which is a template of its own.
    Interpolated(Vec<Node>),
    List(Vec<Self>),
    Map(Vec<(Self, Self)>),
    Range {
        from: Box<Self>,
        to: Box<Self>,
        at: usize,
    },
    Reference(Reference),
    Not(Box<Self>),
    Binary {
        operator: Operator,
        left: Box<Self>,
        right: Box<Self>,
        at: usize,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operator {
    /// How strongly it binds: the larger, the stronger.
    pub(super) fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal | Self::NotEqual => 3,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => 4,
            Self::Add | Self::Subtract => 5,
            Self::Multiply | Self::Divide | Self::Remainder => 6,
        }
    }
}
