//! Runs a program.

use std::collections::BTreeMap;
use std::rc::Rc;

use bringup_shell::{Call, Status, Stop};

use super::parse::{Expression, Pattern as When, Rule, Statement};
use super::value::Value;
use crate::common::{complain, inputs, lines, read};
use crate::options::unsupported;
use crate::pattern::{Dialect, Flags, Pattern};

/// How statements end.
#[derive(Clone, Copy, PartialEq)]
enum Flow {
    On,
    Break,
    Continue,
    Next,
    Exit(Status),
}

/// The state of a running program.
pub(super) struct Machine<'a, 'c> {
    call: &'a mut Call<'c>,
    pub(super) variables: BTreeMap<String, Value>,
    pub(super) arrays: BTreeMap<String, BTreeMap<String, Value>>,
    /// `$0`, and its fields from `$1`.
    pub(super) record: String,
    fields: Vec<String>,
    patterns: BTreeMap<String, Rc<Pattern>>,
    ranges: Vec<bool>,
    steps: u64,
}

/// The array of the environment's variables.
const ENVIRON: &str = "ENVIRON";

/// How many expressions a program may evaluate.
const STEPS: u64 = 20_000_000;

pub(super) fn run(
    call: &mut Call<'_>,
    program: &[Rule],
    sets: &[(String, String)],
    operands: &[String],
) -> Result<Status, Stop> {
    let text = |text: &str| Value::Text(text.to_owned());
    let mut variables = BTreeMap::new();
    for (name, value) in [("FS", " "), ("OFS", " "), ("ORS", "\n"), ("RS", "\n"), ("SUBSEP", "\x1c")] {
        variables.insert(name.to_owned(), text(value));
    }
    let environment = call.world.environment.iter();
    let environment = environment.map(|(name, value)| (name.clone(), Value::Input(value.clone()))).collect();
    let mut machine = Machine {
        call,
        variables,
        arrays: BTreeMap::from([(ENVIRON.to_owned(), environment)]),
        record: String::new(),
        fields: Vec::new(),
        patterns: BTreeMap::new(),
        ranges: vec![false; program.len()],
        steps: 0,
    };
    for (name, value) in sets {
        let value = if name == "FS" && value == "t" { "\t".to_owned() } else { value.clone() };
        let value = super::lex::unescape(&value).map_err(|what| unsupported(machine.call, &what))?;
        machine.variables.insert(name.clone(), Value::Input(value));
    }
    let mut status = 0;
    let mut flow = Flow::On;
    for rule in program.iter().filter(|rule| matches!(rule.pattern, When::Begin)) {
        flow = machine.statement(&rule.action)?;
        if let Flow::Exit(code) = flow {
            status = code;
            break;
        }
    }
    let reads = program.iter().any(|rule| !matches!(rule.pattern, When::Begin));
    if reads && flow == Flow::On {
        status = machine.files(program, operands)?;
    }
    if reads {
        for rule in program.iter().filter(|rule| matches!(rule.pattern, When::End)) {
            if let Flow::Exit(code) = machine.statement(&rule.action)? {
                status = code;
                break;
            }
        }
    }
    Ok(status)
}

impl Machine<'_, '_> {
    pub(super) fn bad(&self, what: &str) -> Stop {
        unsupported(self.call, what)
    }

    fn files(&mut self, program: &[Rule], operands: &[String]) -> Result<Status, Stop> {
        if operands.iter().any(|operand| operand.contains('=') && !operand.contains('/')) {
            return Err(self.bad("an assignment among the files"));
        }
        for operand in inputs(operands) {
            let bytes = match read(self.call, &operand) {
                Ok(bytes) => bytes,
                Err(failure) => {
                    complain(self.call, &format!("cannot open {operand} ({})", failure.text()));
                    return Ok(2);
                }
            };
            let text = String::from_utf8(bytes).map_err(|_| Stop::NotText { what: operand.clone() })?;
            self.variables.insert("FILENAME".to_owned(), Value::Input(operand.clone()));
            self.variables.insert("FNR".to_owned(), Value::Number(0.0));
            let separator = self.variable("RS").text();
            let records: Vec<String> = match separator.as_str() {
                "" => {
                    let trimmed = text.trim_matches('\n');
                    let parts = trimmed.split("\n\n").map(|part| part.trim_start_matches('\n').to_owned());
                    if trimmed.is_empty() {
                        Vec::new()
                    } else {
                        parts.filter(|part| !part.is_empty()).collect()
                    }
                }
                one if one.len() == 1 && one.is_ascii() => lines(text.as_bytes(), one.as_bytes()[0])
                    .map(|line| String::from_utf8_lossy(line).into_owned())
                    .collect(),
                _ => return Err(self.bad("a pattern as `RS`")),
            };
            for record in records {
                for name in ["NR", "FNR"] {
                    let number = self.variable(name).number() + 1.0;
                    self.variables.insert(name.to_owned(), Value::Number(number));
                }
                self.set_record(record)?;
                match self.rules(program)? {
                    Flow::Exit(code) => return Ok(code),
                    Flow::On | Flow::Next => {}
                    Flow::Break | Flow::Continue => return Err(self.bad("`break` outside of a loop")),
                }
            }
        }
        Ok(0)
    }

    fn rules(&mut self, program: &[Rule]) -> Result<Flow, Stop> {
        for (at, rule) in program.iter().enumerate() {
            let selected = match &rule.pattern {
                When::Begin | When::End => false,
                When::Always => true,
                When::When(expression) => self.value(expression)?.is_true(),
                When::Range(first, last) => {
                    let within = self.ranges[at] || self.value(first)?.is_true();
                    if within {
                        self.ranges[at] = !self.value(last)?.is_true();
                    }
                    within
                }
            };
            if selected {
                let flow = self.statement(&rule.action)?;
                if flow != Flow::On {
                    return Ok(flow);
                }
            }
        }
        Ok(Flow::On)
    }

    fn set_record(&mut self, record: String) -> Result<(), Stop> {
        let mut separator = self.variable("FS").text();
        let paragraph = self.variable("RS").text().is_empty();
        if paragraph && separator != " " {
            separator = format!("({separator}|\n)");
        }
        self.fields = self.split(&record, &separator)?;
        self.record = record;
        self.count_fields();
        Ok(())
    }

    fn count_fields(&mut self) {
        let count = Value::Number(self.fields.len() as f64);
        self.variables.insert("NF".to_owned(), count);
    }

    pub(super) fn split(&mut self, text: &str, separator: &str) -> Result<Vec<String>, Stop> {
        if separator == " " {
            return Ok(text.split_ascii_whitespace().map(str::to_owned).collect());
        }
        if text.is_empty() {
            return Ok(Vec::new());
        }
        if separator.is_empty() {
            return Err(self.bad("an empty separator"));
        }
        if separator.len() == 1 && separator != "\\" {
            return Ok(text.split(separator).map(str::to_owned).collect());
        }
        let pattern = self.pattern(separator)?;
        let mut parts = Vec::new();
        let (mut at, mut from) = (0, 0);
        while let Some((start, stop)) = pattern.find_at(text.as_bytes(), from).and_then(|groups| groups[0]) {
            if stop > start {
                parts.push(self.cut(text, at, start)?);
                (at, from) = (stop, stop);
            } else {
                from = stop + 1;
            }
            if from > text.len() {
                break;
            }
        }
        parts.push(self.cut(text, at, text.len())?);
        Ok(parts)
    }

    /// A part of a text by bytes, which must not cut a character.
    pub(super) fn cut(&self, text: &str, start: usize, stop: usize) -> Result<String, Stop> {
        text.get(start..stop).map(str::to_owned).ok_or_else(|| self.bad("a part of a character"))
    }

    fn pattern(&mut self, text: &str) -> Result<Rc<Pattern>, Stop> {
        if let Some(pattern) = self.patterns.get(text) {
            return Ok(Rc::clone(pattern));
        }
        // awk's patterns know the escapes of its strings.
        let plain = text.replace("\\t", "\t").replace("\\/", "/");
        let pattern = Pattern::new(&plain, Dialect::Extended, Flags::default());
        let pattern = Rc::new(pattern.map_err(|bad| self.bad(&format!("the pattern ({})", bad.0)))?);
        self.patterns.insert(text.to_owned(), Rc::clone(&pattern));
        Ok(pattern)
    }

    /// The pattern that an expression means.
    pub(super) fn pattern_of(&mut self, expression: &Expression) -> Result<Rc<Pattern>, Stop> {
        let text = match expression {
            Expression::Regex(text) => text.clone(),
            other => self.value(other)?.text(),
        };
        self.pattern(&text)
    }

    pub(super) fn variable(&self, name: &str) -> Value {
        self.variables.get(name).cloned().unwrap_or(Value::None)
    }

    fn statement(&mut self, statement: &Statement) -> Result<Flow, Stop> {
        self.steps += 1;
        if self.steps > STEPS {
            return Err(self.bad("a program that does not end"));
        }
        match statement {
            Statement::Expression(expression) => {
                self.value(expression)?;
            }
            Statement::Print(list, to) => {
                let mut line = if list.is_empty() {
                    self.record.clone()
                } else {
                    let values: Result<Vec<String>, Stop> =
                        list.iter().map(|one| self.value(one).map(|value| value.text())).collect();
                    values?.join(&self.variable("OFS").text())
                };
                line += &self.variable("ORS").text();
                self.print(&line, to.as_ref())?;
            }
            Statement::Printf(list, to) => {
                let text = self.format(list)?;
                self.print(&text, to.as_ref())?;
            }
            Statement::If(condition, then, other) => {
                if self.value(condition)?.is_true() {
                    return self.statement(then);
                }
                if let Some(other) = other {
                    return self.statement(other);
                }
            }
            Statement::While(condition, body) => {
                while self.value(condition)?.is_true() {
                    match self.statement(body)? {
                        Flow::Break => break,
                        Flow::On | Flow::Continue => {}
                        flow => return Ok(flow),
                    }
                }
            }
            Statement::Do(body, condition) => loop {
                match self.statement(body)? {
                    Flow::Break => break,
                    Flow::On | Flow::Continue => {}
                    flow => return Ok(flow),
                }
                if !self.value(condition)?.is_true() {
                    break;
                }
            },
            Statement::For(first, condition, last, body) => {
                if let Some(first) = first {
                    self.statement(first)?;
                }
                loop {
                    if let Some(condition) = condition
                        && !self.value(condition)?.is_true()
                    {
                        break;
                    }
                    match self.statement(body)? {
                        Flow::Break => break,
                        Flow::On | Flow::Continue => {}
                        flow => return Ok(flow),
                    }
                    if let Some(last) = last {
                        self.statement(last)?;
                    }
                }
            }
            Statement::Each(key, array, body) => {
                let keys: Vec<String> =
                    self.arrays.entry(array.clone()).or_default().keys().cloned().collect();
                if keys.len() > 1 && array != ENVIRON {
                    // The order is that of a hash table which is not ours. That of the environment means
                    // nothing to a script that works anywhere.
                    return Err(self.bad("the order of an array's elements"));
                }
                for one in keys {
                    self.variables.insert(key.clone(), Value::Input(one));
                    match self.statement(body)? {
                        Flow::Break => break,
                        Flow::On | Flow::Continue => {}
                        flow => return Ok(flow),
                    }
                }
            }
            Statement::Block(statements) => {
                for statement in statements {
                    let flow = self.statement(statement)?;
                    if flow != Flow::On {
                        return Ok(flow);
                    }
                }
            }
            Statement::Next => return Ok(Flow::Next),
            Statement::Exit(None) => return Ok(Flow::Exit(0)),
            Statement::Exit(Some(code)) => return Ok(Flow::Exit(self.value(code)?.number() as i64 as u8)),
            Statement::Break => return Ok(Flow::Break),
            Statement::Continue => return Ok(Flow::Continue),
            Statement::Delete(array, None) => {
                self.arrays.remove(array);
            }
            Statement::Delete(array, Some(key)) => {
                let key = self.key(key)?;
                self.arrays.entry(array.clone()).or_default().remove(&key);
            }
        }
        Ok(Flow::On)
    }

    fn print(&mut self, text: &str, to: Option<&Expression>) -> Result<(), Stop> {
        let to = to.map(|to| self.value(to)).transpose()?.map(|value| value.text());
        match to.as_deref() {
            None | Some("/dev/stdout" | "-") => self.call.output.extend_from_slice(text.as_bytes()),
            Some("/dev/stderr") => self.call.errors.extend_from_slice(text.as_bytes()),
            Some(_) => return Err(self.bad("output to a file")),
        }
        Ok(())
    }

    fn key(&mut self, list: &[Expression]) -> Result<String, Stop> {
        let parts: Result<Vec<String>, Stop> =
            list.iter().map(|one| self.value(one).map(|value| value.text())).collect();
        Ok(parts?.join(&self.variable("SUBSEP").text()))
    }

    fn field(&self, number: f64) -> Result<Value, Stop> {
        if number < 0.0 {
            return Err(self.bad("a negative field"));
        }
        Ok(match number as usize {
            0 => Value::Input(self.record.clone()),
            at => self.fields.get(at - 1).map_or(Value::None, |field| Value::Input(field.clone())),
        })
    }

    pub(super) fn value(&mut self, expression: &Expression) -> Result<Value, Stop> {
        self.steps += 1;
        if self.steps > STEPS {
            return Err(self.bad("a program that does not end"));
        }
        Ok(match expression {
            Expression::Number(number) => Value::Number(*number),
            Expression::Text(text) => Value::Text(text.clone()),
            Expression::Regex(text) => {
                let pattern = self.pattern(text)?;
                Value::truth(pattern.is_match(self.record.as_bytes()))
            }
            Expression::Variable(name) => self.variable(name),
            Expression::Field(number) => {
                let number = self.value(number)?.number();
                self.field(number)?
            }
            Expression::Element(array, key) => {
                let key = self.key(key)?;
                self.arrays.entry(array.clone()).or_default().entry(key).or_insert(Value::None).clone()
            }
            Expression::In(key, array) => {
                let key = self.key(key)?;
                Value::truth(self.arrays.get(array).is_some_and(|array| array.contains_key(&key)))
            }
            Expression::Not(inner) => Value::truth(!self.value(inner)?.is_true()),
            Expression::Negative(inner) => Value::Number(-self.value(inner)?.number()),
            Expression::Plus(inner) => Value::Number(self.value(inner)?.number()),
            Expression::Binary(sign, left, right) => self.binary(sign, left, right)?,
            Expression::Choice(condition, then, other) => {
                let chosen = if self.value(condition)?.is_true() { then } else { other };
                self.value(chosen)?
            }
            Expression::Assign(place, sign, value) => {
                let value = self.value(value)?;
                let value = if sign.is_empty() {
                    value
                } else {
                    let old = self.value(place)?.number();
                    Value::Number(self.arithmetic(sign, old, value.number())?)
                };
                self.assign(place, value.clone())?;
                value
            }
            Expression::Step(place, change, new) => {
                let old = self.value(place)?.number();
                self.assign(place, Value::Number(old + change))?;
                Value::Number(if *new { old + change } else { old })
            }
            Expression::Call(name, list) => self.function(name, list)?,
        })
    }

    fn arithmetic(&self, sign: &str, left: f64, right: f64) -> Result<f64, Stop> {
        Ok(match sign {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" | "%" if right == 0.0 => return Err(self.bad("a division by zero")),
            "/" => left / right,
            "%" => left % right,
            _ => left.powf(right),
        })
    }

    fn binary(&mut self, sign: &str, left: &Expression, right: &Expression) -> Result<Value, Stop> {
        if sign == "~" || sign == "!~" {
            let text = self.value(left)?.text();
            let found = self.pattern_of(right)?.is_match(text.as_bytes());
            return Ok(Value::truth(found == (sign == "~")));
        }
        let first = self.value(left)?;
        if sign == "&&" {
            return Ok(Value::truth(first.is_true() && self.value(right)?.is_true()));
        }
        if sign == "||" {
            return Ok(Value::truth(first.is_true() || self.value(right)?.is_true()));
        }
        let second = self.value(right)?;
        let ordering = || first.compare(&second);
        Ok(match sign {
            " " => Value::Text(first.text() + &second.text()),
            "<" => Value::truth(ordering().is_lt()),
            "<=" => Value::truth(ordering().is_le()),
            "==" => Value::truth(ordering().is_eq()),
            "!=" => Value::truth(ordering().is_ne()),
            ">=" => Value::truth(ordering().is_ge()),
            ">" => Value::truth(ordering().is_gt()),
            sign => Value::Number(self.arithmetic(sign, first.number(), second.number())?),
        })
    }

    pub(super) fn assign(&mut self, place: &Expression, value: Value) -> Result<(), Stop> {
        match place {
            Expression::Variable(name) if name == "NF" => {
                let count = value.number();
                if !(0.0..=10_000.0).contains(&count) {
                    return Err(self.bad("so many fields"));
                }
                self.fields.resize(count as usize, String::new());
                self.join();
            }
            Expression::Variable(name) => {
                self.variables.insert(name.clone(), value);
            }
            Expression::Element(array, key) => {
                let key = self.key(key)?;
                self.arrays.entry(array.clone()).or_default().insert(key, value);
            }
            Expression::Field(number) => {
                let number = self.value(number)?.number();
                if !(0.0..=10_000.0).contains(&number) {
                    return Err(self.bad("such a field"));
                }
                match number as usize {
                    0 => self.set_record(value.text())?,
                    at => {
                        let count = self.fields.len().max(at);
                        self.fields.resize(count, String::new());
                        self.fields[at - 1] = value.text();
                        self.join();
                    }
                }
            }
            _ => return Err(self.bad("an assignment to a value")),
        }
        Ok(())
    }

    /// `$0` made anew from its fields.
    fn join(&mut self) {
        self.record = self.fields.join(&self.variable("OFS").text());
        self.count_fields();
    }
}
