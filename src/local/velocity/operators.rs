//! Arithmetic and comparison, as Velocity 1.7 has them: what makes no sense is null, not an error.

use crate::local::velocity::syntax::Operator;
use crate::local::velocity::value::{Heap, Value, number};

/// Only null and `false` are false: an empty text, an empty list and 0 are true.
pub(super) fn is_true(value: &Value<'_>) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

/// Applies any operator but `&&` and `||`, whose right side may not be asked for.
pub(super) fn apply<'t>(
    heap: &mut Heap<'t>,
    operator: Operator,
    left: &Value<'t>,
    right: &Value<'t>,
) -> Result<Value<'t>, String> {
    match operator {
        Operator::Equal => return Ok(Value::Bool(heap.are_equal(left, right)?)),
        Operator::NotEqual => return Ok(Value::Bool(!heap.are_equal(left, right)?)),
        Operator::Add if is_text(left) || is_text(right) => {
            let text = format!("{}{}", heap.print(left)?, heap.print(right)?);
            return heap.text(&text);
        }
        _ => {}
    }
    match (left, right) {
        (Value::Integer(left), Value::Integer(right)) => integers(operator, *left, *right),
        _ => Ok(match (number(left), number(right)) {
            (Some(left), Some(right)) => decimals(operator, left, right),
            _ if is_comparison(operator) => Value::Bool(false),
            _ => Value::Null,
        }),
    }
}

fn is_text(value: &Value<'_>) -> bool {
    matches!(value, Value::Text(_))
}

fn is_comparison(operator: Operator) -> bool {
    matches!(operator, Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual)
}

fn integers<'t>(operator: Operator, left: i64, right: i64) -> Result<Value<'t>, String> {
    let result = match operator {
        Operator::Less => return Ok(Value::Bool(left < right)),
        Operator::LessOrEqual => return Ok(Value::Bool(left <= right)),
        Operator::Greater => return Ok(Value::Bool(left > right)),
        Operator::GreaterOrEqual => return Ok(Value::Bool(left >= right)),
        Operator::Divide | Operator::Remainder if right == 0 => return Ok(Value::Null),
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => left.checked_div(right),
        Operator::Remainder => left.checked_rem(right),
        _ => None,
    };
    result.map(Value::Integer).ok_or_else(|| "the result is no number of 64 bits".to_owned())
}

fn decimals<'t>(operator: Operator, left: f64, right: f64) -> Value<'t> {
    let result = match operator {
        Operator::Less => return Value::Bool(left < right),
        Operator::LessOrEqual => return Value::Bool(left <= right),
        Operator::Greater => return Value::Bool(left > right),
        Operator::GreaterOrEqual => return Value::Bool(left >= right),
        Operator::Divide | Operator::Remainder if right == 0.0 => return Value::Null,
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        Operator::Remainder => left % right,
        _ => return Value::Null,
    };
    Value::Decimal(result)
}
