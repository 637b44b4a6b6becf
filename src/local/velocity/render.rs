//! Walks a template's nodes and writes what they make of a request.

use std::collections::HashMap;
use std::rc::Rc;

use crate::local::velocity::functions::{self, Input};
use crate::local::velocity::operators::{self, is_true};
use crate::local::velocity::syntax::{Expression, Node, Operator, Reference, Step};
use crate::local::velocity::value::{Heap, Value};
use crate::local::velocity::{
    Fault, LOOP_ROUNDS_MAX, OUTPUT_BYTES_MAX, RECURSION_MAX, Request, TEXT_BYTES_MAX, methods,
};

/// How a run of nodes ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Stop,
}

/// A `#foreach` that runs.
#[derive(Debug, Clone, Copy)]
struct Round {
    index: usize,
    count: usize,
}

/// One rendering.
pub(super) struct Renderer<'t, 'r> {
    request: &'r Request<'r>,
    input: Input<'r>,
    heap: Heap<'t>,
    variables: HashMap<&'t str, Value<'t>>,
    rounds: Vec<Round>,
    depth: usize,
}

impl<'t, 'r> Renderer<'t, 'r> {
    pub(super) fn new(request: &'r Request<'r>) -> Self {
        Self {
            request,
            input: Input::new(request),
            heap: Heap::new(),
            variables: HashMap::new(),
            rounds: Vec::new(),
            depth: 0,
        }
    }

    pub(super) fn run(mut self, nodes: &'t [Node]) -> Result<String, Fault> {
        self.prepare().map_err(|message| Fault { at: 0, message })?;
        let mut output = String::new();
        self.block(nodes, &mut output, OUTPUT_BYTES_MAX)?;
        Ok(output)
    }

    fn prepare(&mut self) -> Result<(), String> {
        let context = self.heap.of_json(self.request.context)?;
        let stage_variables = functions::strings(&mut self.heap, self.request.stage_variables)?;
        self.variables.insert("context", context);
        self.variables.insert("stageVariables", stage_variables);
        self.variables.insert("input", Value::Input);
        self.variables.insert("util", Value::Functions);
        Ok(())
    }

    fn enter(&mut self, at: usize) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > RECURSION_MAX {
            let message =
                format!("more than {RECURSION_MAX} levels stand in each other: does a '#define' print itself?");
            return Err(Fault { at, message });
        }
        Ok(())
    }

    fn block(&mut self, nodes: &'t [Node], output: &mut String, bytes_max: usize) -> Result<Flow, Fault> {
        // Each `#if` is a level: a `#define` that prints itself from within many of them would use up the stack first.
        self.enter(nodes.first().map_or(0, place))?;
        let mut flow = Flow::Next;
        for node in nodes {
            flow = self.node(node, output, bytes_max)?;
            if output.len() > bytes_max {
                return Err(Fault { at: place(node), message: format!("the result has more than {bytes_max} bytes") });
            }
            if flow != Flow::Next {
                break;
            }
        }
        self.depth -= 1;
        Ok(flow)
    }

    fn node(&mut self, node: &'t Node, output: &mut String, bytes_max: usize) -> Result<Flow, Fault> {
        self.heap.spend(1).map_err(|message| Fault { at: place(node), message })?;
        match node {
            Node::Text(text) => output.push_str(text),
            Node::Reference { escapes, reference } => self.print(*escapes, reference, output)?,
            Node::Set { target, value } => self.set(target, value)?,
            Node::Break => return Ok(Flow::Break),
            Node::Stop => return Ok(Flow::Stop),
            Node::Define { name, body } => {
                self.variables.insert(name, Value::Block(body));
            }
            Node::If { branches, otherwise } => {
                for (condition, body) in branches {
                    if is_true(&self.evaluate(condition)?) {
                        return self.block(body, output, bytes_max);
                    }
                }
                return self.block(otherwise, output, bytes_max);
            }
            Node::Foreach { name, items, body, at } => {
                let items = self.evaluate(items)?;
                return self.foreach(name, &items, body, *at, (output, bytes_max));
            }
        }
        Ok(Flow::Next)
    }

    fn foreach(
        &mut self,
        name: &'t str,
        items: &Value<'t>,
        body: &'t [Node],
        at: usize,
        (output, bytes_max): (&mut String, usize),
    ) -> Result<Flow, Fault> {
        let items = match items {
            Value::List(id) => self.heap.list(*id).items.clone(),
            Value::Map(id) => self.heap.map(*id).entries().iter().map(|(_, value)| value.clone()).collect(),
            _ => return Ok(Flow::Next),
        };
        self.heap.spend(items.len()).map_err(|message| Fault { at, message })?;
        let before =
            [name, "foreach", "velocityCount", "velocityHasNext"].map(|name| (name, self.variables.remove(name)));
        let mut flow = Flow::Next;
        for (index, item) in items.iter().enumerate() {
            if index == LOOP_ROUNDS_MAX {
                let message = format!("'#foreach' over {} items: at most {LOOP_ROUNDS_MAX} rounds", items.len());
                return Err(Fault { at, message });
            }
            self.rounds.push(Round { index, count: items.len() });
            self.variables.insert("foreach", Value::Loop(self.rounds.len() - 1));
            self.variables.insert("velocityCount", crate::local::velocity::text::integer(index + 1));
            self.variables.insert("velocityHasNext", Value::Bool(index + 1 < items.len()));
            self.variables.insert(name, item.clone());
            flow = self.block(body, output, bytes_max)?;
            self.rounds.pop();
            if flow != Flow::Next {
                break;
            }
        }
        for (name, value) in before {
            match value {
                Some(value) => self.variables.insert(name, value),
                None => self.variables.remove(name),
            };
        }
        Ok(if flow == Flow::Stop { Flow::Stop } else { Flow::Next })
    }

    fn set(&mut self, target: &'t Reference, value: &'t Expression) -> Result<(), Fault> {
        // Velocity leaves a variable as it is when it would be set to null.
        let value = self.evaluate(value)?;
        if matches!(value, Value::Null) {
            return Ok(());
        }
        let Some((last, steps)) = target.steps.split_last() else {
            self.variables.insert(&target.name, value);
            return Ok(());
        };
        let holder = self.follow(target, steps)?;
        let key = match last {
            Step::Property(name) => Value::Text((**name).into()),
            Step::Index(index) => self.evaluate(index)?,
            Step::Call { .. } => return Ok(()),
        };
        methods::put(&mut self.heap, &holder, &key, value).map_err(|message| Fault { at: target.at, message })
    }

    fn print(&mut self, escapes: usize, reference: &'t Reference, output: &mut String) -> Result<(), Fault> {
        let value = self.follow(reference, &reference.steps)?;
        if matches!(value, Value::Null) {
            let is_rooted = reference.is_quiet || self.variables.contains_key(&*reference.name);
            if escapes > 0 || !is_rooted {
                output.extend(std::iter::repeat_n('\\', escapes));
                output.push_str(&reference.written);
            }
            return Ok(());
        }
        output.extend(std::iter::repeat_n('\\', escapes / 2));
        if escapes % 2 == 1 {
            output.push_str(&reference.written);
        } else {
            output.push_str(&self.text(&value, reference.at)?);
        }
        Ok(())
    }

    /// A value's text; a block is rendered here and now.
    fn text(&mut self, value: &Value<'t>, at: usize) -> Result<Rc<str>, Fault> {
        if let Value::Block(nodes) = value {
            return self.nested(nodes, at).map(Into::into);
        }
        self.heap.print(value).map_err(|message| Fault { at, message })
    }

    fn nested(&mut self, nodes: &'t [Node], at: usize) -> Result<String, Fault> {
        let mut text = String::new();
        self.block(nodes, &mut text, TEXT_BYTES_MAX)?;
        self.heap.spend_bytes(text.len()).map_err(|message| Fault { at, message })?;
        Ok(text)
    }

    /// What the first steps of a reference lead to; null where they lead nowhere.
    fn follow(&mut self, reference: &'t Reference, steps: &'t [Step]) -> Result<Value<'t>, Fault> {
        let at = reference.at;
        let placed = |message| Fault { at, message };
        let mut value = self.variables.get(&*reference.name).cloned().unwrap_or(Value::Null);
        for step in steps {
            if matches!(value, Value::Null) {
                break;
            }
            value = match step {
                Step::Property(name) => self.property(&value, name).map_err(placed)?,
                Step::Index(index) => {
                    let index = self.evaluate(index)?;
                    methods::index(&mut self.heap, &value, &index).map_err(placed)?
                }
                Step::Call { method, arguments } => {
                    let arguments = self.arguments(arguments, at)?;
                    self.call(&value, method, &arguments, at)?
                }
            };
        }
        Ok(value)
    }

    fn property(&mut self, target: &Value<'t>, name: &str) -> Result<Value<'t>, String> {
        let value = match target {
            Value::Input if name == "body" => Some(self.input.body(&mut self.heap)?),
            Value::Loop(depth) => self.round(*depth, name),
            other => methods::property(&mut self.heap, other, name)?,
        };
        Ok(value.unwrap_or(Value::Null))
    }

    /// A property of `$foreach`.
    fn round(&self, depth: usize, name: &str) -> Option<Value<'t>> {
        let round = self.rounds.get(depth)?;
        let integer = crate::local::velocity::text::integer;
        match name {
            "index" => Some(integer(round.index)),
            "count" => Some(integer(round.index + 1)),
            "hasNext" => Some(Value::Bool(round.index + 1 < round.count)),
            "first" => Some(Value::Bool(round.index == 0)),
            "last" => Some(Value::Bool(round.index + 1 == round.count)),
            "parent" => depth.checked_sub(1).map(Value::Loop),
            "topmost" => Some(Value::Loop(0)),
            _ => None,
        }
    }

    /// Arguments, blocks among them as their text.
    fn arguments(&mut self, arguments: &'t [Expression], at: usize) -> Result<Vec<Value<'t>>, Fault> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let value = self.evaluate(argument)?;
            values.push(self.unfolded(value, at)?);
        }
        Ok(values)
    }

    /// The value, or the text of what `#define` named.
    fn unfolded(&mut self, value: Value<'t>, at: usize) -> Result<Value<'t>, Fault> {
        match value {
            Value::Block(_) => Ok(Value::Text(self.text(&value, at)?)),
            other => Ok(other),
        }
    }

    fn call(
        &mut self,
        target: &Value<'t>,
        method: &str,
        arguments: &[Value<'t>],
        at: usize,
    ) -> Result<Value<'t>, Fault> {
        let called = match (target, arguments) {
            (Value::Input, _) => self.input.call(&mut self.heap, method, arguments),
            (Value::Functions, [argument]) => functions::call(&mut self.heap, method, argument),
            (Value::Block(_), []) if method == "toString" => Ok(Some(Value::Text(self.text(target, at)?))),
            (Value::Loop(depth), []) => Ok(self.round(*depth, method)),
            _ => methods::call(&mut self.heap, target, method, arguments),
        };
        called.map(|value| value.unwrap_or(Value::Null)).map_err(|message| Fault { at, message })
    }

    fn evaluate(&mut self, expression: &'t Expression) -> Result<Value<'t>, Fault> {
        let at = started(expression);
        self.enter(at)?;
        self.heap.spend(1).map_err(|message| Fault { at, message })?;
        let value = match expression {
            Expression::Bool(flag) => Value::Bool(*flag),
            Expression::Integer(integer) => Value::Integer(*integer),
            Expression::Decimal(decimal) => Value::Decimal(*decimal),
            Expression::Text(text) => self.heap.text(text).map_err(|message| Fault { at, message })?,
            Expression::Interpolated(nodes) => Value::Text(self.nested(nodes, at)?.into()),
            Expression::Reference(reference) => self.follow(reference, &reference.steps)?,
            Expression::Not(operand) => Value::Bool(!is_true(&self.evaluate(operand)?)),
            Expression::Binary { operator, left, right, at } => self.binary(*operator, left, right, *at)?,
            Expression::Range { from, to, at } => self.range(from, to, *at)?,
            Expression::List(items) => {
                let items = items.iter().map(|item| self.evaluate(item)).collect::<Result<_, _>>()?;
                self.heap.new_list(items).map_err(|message| Fault { at, message })?
            }
            Expression::Map(entries) => self.map(entries, at)?,
        };
        self.depth -= 1;
        Ok(value)
    }

    fn map(&mut self, entries: &'t [(Expression, Expression)], at: usize) -> Result<Value<'t>, Fault> {
        let mut map = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let key = self.evaluate(key)?;
            map.push((self.text(&key, at)?, self.evaluate(value)?));
        }
        self.heap.new_map(map).map_err(|message| Fault { at, message })
    }

    fn binary(
        &mut self,
        operator: Operator,
        left_side: &'t Expression,
        right_side: &'t Expression,
        at: usize,
    ) -> Result<Value<'t>, Fault> {
        let left = self.evaluate(left_side)?;
        match operator {
            Operator::And if !is_true(&left) => return Ok(Value::Bool(false)),
            Operator::Or if is_true(&left) => return Ok(Value::Bool(true)),
            Operator::And | Operator::Or => return Ok(Value::Bool(is_true(&self.evaluate(right_side)?))),
            _ => {}
        }
        let right = self.evaluate(right_side)?;
        let (left, right) = (self.unfolded(left, at)?, self.unfolded(right, at)?);
        let (left, right) = match (&left, &right) {
            (Value::Null, Value::Text(_)) if operator == Operator::Add => (as_written(left_side), right),
            (Value::Text(_), Value::Null) if operator == Operator::Add => (left, as_written(right_side)),
            _ => (left, right),
        };
        operators::apply(&mut self.heap, operator, &left, &right).map_err(|message| Fault { at, message })
    }

    fn range(&mut self, from: &'t Expression, to: &'t Expression, at: usize) -> Result<Value<'t>, Fault> {
        let (Value::Integer(from), Value::Integer(to)) = (self.evaluate(from)?, self.evaluate(to)?) else {
            return Ok(Value::Null);
        };
        if usize::try_from(from.abs_diff(to)).map_or(true, |apart| apart >= LOOP_ROUNDS_MAX) {
            let message = format!("a range from {from} to {to}: at most {LOOP_ROUNDS_MAX} numbers");
            return Err(Fault { at, message });
        }
        let numbers: Vec<_> = (from.min(to)..=from.max(to)).map(Value::Integer).collect();
        let numbers = if from <= to { numbers } else { numbers.into_iter().rev().collect() };
        self.heap.new_list(numbers).map_err(|message| Fault { at, message })
    }
}

/// What stands for a null that is added to a text.
fn as_written<'t>(expression: &Expression) -> Value<'t> {
    match expression {
        Expression::Reference(reference) => Value::Text((*reference.written).into()),
        _ => Value::Text("null".into()),
    }
}

/// Where a node that has a place stands, for the bounds' errors.
fn place(node: &Node) -> usize {
    match node {
        Node::Reference { reference, .. } | Node::Set { target: reference, .. } => reference.at,
        Node::Foreach { at, .. } => *at,
        _ => 0,
    }
}

/// Where an expression that has a place starts.
fn started(expression: &Expression) -> usize {
    match expression {
        Expression::Reference(reference) => reference.at,
        Expression::Binary { at, .. } | Expression::Range { at, .. } => *at,
        _ => 0,
    }
}
